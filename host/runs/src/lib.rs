//! What a run says and leaves: its log while it runs and after, its artifacts, and a record of how it went. It must not
//! know what a task or its states are, where metadata is kept, nor plugins.

mod run;

mod artifacts;
mod aside;
mod gist;
mod line;
mod log;
mod record;
mod runs;
mod spool;

pub use artifacts::{
    ARTIFACT_BYTES_MAX, Artifact, ArtifactKind, Artifacts, BucketConfig, GetError, Hold, Kept, New,
    PlaceError, PutError, Removed, TOTAL_BYTES_DEFAULT,
};
pub use gist::gist;
pub use line::{Kind, LINE_BYTES_MAX, Level, Line, Status, Stream};
pub use log::{
    Ended, Finished, Follower, Full, FullLogError, Page, Rolling, RollingError, RunLog, Said, VALUE_BYTES_MAX,
};
pub use record::{Metrics, Output, OutputFile, Record, Stages};
pub use run::RunId;
pub use runs::Runs;
pub use spool::{Orphan, RecoverError, SPOOL_BYTES_MAX, recover};
