//! Where gateways are found, and where they are not.

use super::*;
use crate::peer::recipe::RECIPES;

#[test]
fn what_is_not_installed_is_said_to_be() {
    let folder = tempfile::tempdir().expect("there is room");
    let upstream = ([127, 0, 0, 1], 1).into();
    let recipe = RECIPES.iter().find(|recipe| recipe.command.is_none()).expect("one is never on the path");
    let missing = Place::find(recipe, Some(folder.path()), folder.path().join("own"), upstream);
    let error = missing.err().expect("nothing is there").to_string();
    assert!(error.contains("install.sh"), "{error}");
}

#[test]
fn a_program_below_the_folder_is_found_with_its_version() {
    let folder = tempfile::tempdir().expect("there is room");
    let upstream = ([127, 0, 0, 1], 1).into();
    for recipe in RECIPES {
        let own = folder.path().join(recipe.folder);
        let program = own.join(recipe.program);
        std::fs::create_dir_all(program.parent().expect("it is below")).expect("there is room");
        std::fs::write(&program, "").expect("there is room");
        std::fs::write(own.join("version"), "1.2\n").expect("there is room");
        let place = Place::find(recipe, Some(folder.path()), folder.path().join("scratch"), upstream);
        let place = place.expect("it is there");
        assert_eq!((place.program.clone(), place.version()), (program, "1.2".to_owned()));
        (recipe.launch)(&place).expect("its files can be written");
    }
}
