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
}

/// Makes, of one declaration: `Config`, a struct for each table, `Config::read`, and `TABLES` for all that is said
/// to people. A default is written so that it is the same in Rust and in TOML.
macro_rules! tables {
    ($(
        #[doc = $about:literal]
        $field:ident: $table:ident in $path:literal {
            $(
                #[doc = $what:literal]
                $key:ident: $type:ty = $default:tt, $rule:expr $(, env $variable:literal)?;
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
                    }, )+],
                };

                fn read(raw: &$crate::raw::RawConfig<'_>) -> Result<Self, $crate::ConfigError> {
                    let mut keys = Self::TABLE.keys.iter();
                    Ok(Self {
                        $( $key: raw.value($path, keys.next().expect("declared above"), &$rule)?, )+
                    })
                }
            }
        )+

        impl Config {
            pub(crate) fn read(raw: &$crate::raw::RawConfig<'_>) -> Result<Self, $crate::ConfigError> {
                Ok(Self { $( $field: $table::read(raw)?, )+ })
            }
        }

        pub(crate) const TABLES: &[$crate::declare::Table] = &[$( $table::TABLE, )+];
    };
}

pub(crate) use tables;
