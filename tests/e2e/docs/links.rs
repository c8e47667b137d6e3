//! Links between pages: each leads to a file that is there, and to a heading that is in it.

use std::path::{Path, PathBuf};

use super::page::Page;
use super::{none_wrong, pages};
use crate::harness::root;

#[test]
fn every_link_leads_to_something() {
    let mut wrong = Vec::new();
    for page in pages() {
        let links = page.links().into_iter().filter(|link| !link.contains("://"));
        wrong.extend(links.filter_map(|link| broken(&page, &link)));
    }
    none_wrong("links lead nowhere", &wrong);
}

fn broken(page: &Page, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = match file {
        "" => page.path.clone(),
        file => beside(&page.path, file).to_str()?.to_owned(),
    };
    let place = format!("{}: {link}", page.path);
    if !root().join(&target).exists() {
        return Some(format!("{place}: there is no {target}"));
    }
    let anchor = anchor?;
    let there = target.ends_with(".md") && Page::read(&target).anchors().iter().any(|known| known == anchor);
    (!there).then(|| format!("{place}: {target} has no such heading"))
}

/// A path beside another, both from the root, without `..`.
fn beside(page: &str, file: &str) -> PathBuf {
    let mut path = Path::new(page).parent().unwrap().to_owned();
    for part in Path::new(file) {
        match part.to_str() {
            Some("..") => drop(path.pop()),
            _ => path.push(part),
        }
    }
    path
}

#[test]
fn every_page_can_be_found_from_the_readme() {
    let mut found = vec!["README.md".to_owned()];
    let mut at = 0;
    while let Some(path) = found.get(at).cloned() {
        at += 1;
        let links = Page::read(&path).links();
        let files =
            links.iter().filter(|link| !link.contains("://")).filter_map(|link| link.split('#').next());
        for file in files.filter(|file| file.ends_with(".md")) {
            let file = beside(&path, file).to_str().unwrap().to_owned();
            if !found.contains(&file) {
                found.push(file);
            }
        }
    }
    let lost: Vec<String> =
        super::page::below("docs").into_iter().filter(|page| !found.contains(page)).collect();
    none_wrong("pages are linked from nowhere", &lost);
}
