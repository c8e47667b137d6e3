//! Pictures that show a failure: which of an attempt's artifacts they are, and what is in them. It must not know who looks
//! at them.

use patchbay_engine::Engine;
use patchbay_runs::{Artifact, ArtifactKind, Artifacts};
use patchbay_tasks::Task;
use serde_json::json;

use crate::capability::image::{
    IMAGE_BYTES_MAX, IMAGES_BYTES_MAX, IMAGES_MAX, Image, is_what_it_says, media_type,
};

/// Under which name a failure says that there are some.
const TOLD: &str = "evidence-images";

/// Those of the latest attempt of a task that is over, within the bounds: the last ones, in the order in which they were
/// kept.
pub(super) async fn of(engine: &Engine, task: &Task) -> Vec<Artifact> {
    match engine.last_attempts(task, 1).await {
        Ok(mut attempts) => attempts.pop().map(|attempt| chosen(attempt.artifacts)).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "the pictures of a failure are not known");
            Vec::new()
        }
    }
}

/// Which there are, as JSON; nothing if there are none.
pub(super) fn told(pictures: &[Artifact]) -> Option<(String, String)> {
    let each = |it: &Artifact| json!({"name": it.name, "media-type": it.media_type, "bytes": it.bytes, "digest": it.digest});
    let all: Vec<_> = pictures.iter().map(each).collect();
    (!all.is_empty()).then(|| (TOLD.to_owned(), json!(all).to_string()))
}

/// With their contents; without those that are gone, or are no pictures after all.
pub(super) async fn opened(artifacts: &Artifacts, pictures: &[Artifact]) -> Vec<Image> {
    let mut opened = Vec::new();
    for picture in pictures {
        let Some(media_type) = media_type(&picture.media_type) else { continue };
        match artifacts.get(picture.digest).await {
            Ok(contents) if is_what_it_says(media_type, &contents) => {
                let (name, digest) = (picture.name.clone(), picture.digest);
                opened.push(Image { name, media_type, digest, contents });
            }
            Ok(_) => {
                tracing::warn!(name = picture.name, media_type, "is no picture of that kind, and not shown")
            }
            Err(error) => tracing::warn!(%error, name = picture.name, "a picture is not shown"),
        }
    }
    opened
}

fn chosen(artifacts: Vec<Artifact>) -> Vec<Artifact> {
    let is_picture =
        |it: &Artifact| it.kind == ArtifactKind::Evidence && media_type(&it.media_type).is_some();
    let mut room = IMAGES_BYTES_MAX;
    let mut fits = |it: &Artifact| {
        let fits = it.bytes <= IMAGE_BYTES_MAX.min(room);
        room -= if fits { it.bytes } else { 0 };
        fits
    };
    let last = artifacts.into_iter().rev().filter(is_picture).filter(|it| fits(it)).take(IMAGES_MAX);
    let mut chosen: Vec<Artifact> = last.collect();
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use patchbay_runs::RunId;
    use patchbay_types::{Digest, Timestamp};

    use super::*;

    fn artifact(name: &str, media_type: &str, bytes: u64) -> Artifact {
        let kind = if name.starts_with("evidence") { ArtifactKind::Evidence } else { ArtifactKind::Result };
        let run = RunId { task: 1, attempt: 1 };
        let (name, media_type) = (name.to_owned(), media_type.to_owned());
        Artifact { run, digest: Digest::of(name.as_bytes()), name, media_type, kind, bytes, at: Timestamp(0) }
    }

    fn names(artifacts: Vec<Artifact>) -> Vec<String> {
        chosen(artifacts).into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn the_last_pictures_of_the_evidence_are_chosen_within_their_bounds() {
        let small = |name| artifact(name, "image/png", 1);
        let most = artifact("evidence-most", "image/png", IMAGE_BYTES_MAX);
        let more = artifact("evidence-more", "image/png", IMAGE_BYTES_MAX + 1);
        let text = artifact("evidence-text", "text/html", 1);
        assert_eq!(names(vec![small("result"), text, more, small("evidence-1")]), ["evidence-1"]);
        let five: Vec<_> =
            ["evidence-1", "evidence-2", "evidence-3", "evidence-4", "evidence-5"].map(small).into();
        assert_eq!(names(five), ["evidence-2", "evidence-3", "evidence-4", "evidence-5"]);
        let large = vec![small("evidence-1"), most.clone(), most.clone(), most];
        assert_eq!(names(large), ["evidence-most", "evidence-most"]);
        assert_eq!(told(&[]), None);
    }
}
