//! The grammar of `tables.rs`. It must not know any table.

/// A table as it is declared.
pub(crate) struct Table {
    /// As between the brackets: `plugins.budget`.
    pub(crate) path: &'static str,
    pub(crate) about: &'static str,
    pub(crate) keys: &'static [Key],
}

/// A key as it is declared.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// As TOML.
    pub(crate) default: &'static str,
    /// The environment variable that overrides it; at most one.
    pub(crate) variable: &'static [&'static str],
    /// Another value is taken over by the next start of the host, not by one that runs.
    pub(crate) at_restart: bool,
}

impl Key {
    /// The default as it may be commented out: what is declared over several lines stands on one.
    pub(crate) fn one_line(&self) -> String {
        self.default.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
    }
}

/// What may stand after `at`.
pub(crate) const fn restart() -> bool {
    true
}

/// Makes, of one declaration: `Config`, a struct for each table, how they are read, told and taken over, and `TABLES` for
/// all that is said to people. A default is written so that it is the same in Rust and in TOML. `at restart` stands last
/// at a key whose value a running host does not change.
macro_rules! tables {
    ($(
        #[doc = $about:literal]
        $field:ident: $table:ident in $path:literal {
            $(
                #[doc = $what:literal]
                $key:ident: $type:ty = $default:tt, $rule:expr $(, env $variable:literal)? $(, at $when:ident)?;
            )+
        }
    )+) => {
        /// All that an operator may set. Every value is within its range.
        #[derive(Clone, PartialEq, Debug)]
        #[non_exhaustive]
        pub struct Config {
            $( #[doc = $about] pub $field: $table, )+
        }

        $(
            #[doc = $about]
            #[derive(Clone, PartialEq, Debug)]
            #[non_exhaustive]
            pub struct $table {
                $( #[doc = $what] pub $key: $type, )+
            }

            impl $table {
                const TABLE: $crate::declare::Table = $crate::declare::Table {
                    path: $path,
                    about: $about,
                    keys: &[$( $crate::declare::Key {
                        name: stringify!($key),
                        about: $what,
                        default: stringify!($default),
                        variable: &[$( $variable )?],
                        at_restart: false $( || $crate::declare::$when() )?,
                    }, )+],
                };

                fn read(raw: &$crate::raw::RawConfig<'_>) -> Result<Self, $crate::ConfigError> {
                    let mut keys = Self::TABLE.keys.iter();
                    Ok(Self {
                        $( $key: raw.value($path, keys.next().expect("declared above"), &$rule)?, )+
                    })
                }

                fn told(&self) -> Vec<serde_json::Value> {
                    vec![$( $crate::rule::Told::told(&self.$key), )+]
                }

                fn taken_over(&self, next: &Self) -> Self {
                    let mut keys = Self::TABLE.keys.iter();
                    let mut waits = || keys.next().is_some_and(|key| key.at_restart);
                    Self { $( $key: if waits() { &self.$key } else { &next.$key }.clone(), )+ }
                }
            }
        )+

        impl Config {
            pub(crate) fn read(raw: &$crate::raw::RawConfig<'_>) -> Result<Self, $crate::ConfigError> {
                Ok(Self { $( $field: $table::read(raw)?, )+ })
            }

            /// Every value, in the order of `TABLES`.
            pub(crate) fn told(&self) -> Vec<serde_json::Value> {
                [$( self.$field.told(), )+].concat()
            }

            /// What a host that runs with this becomes by `next`: values that wait for a restart stay.
            pub(crate) fn taken_over(&self, next: &Self) -> Self {
                Self { $( $field: self.$field.taken_over(&next.$field), )+ }
            }
        }

        pub(crate) const TABLES: &[$crate::declare::Table] = &[$( $table::TABLE, )+];
    };
}

pub(crate) use tables;
