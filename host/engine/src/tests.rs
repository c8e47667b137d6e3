//! The engine over a real store, with people, skills and strategies that are played.

mod again;
mod at_once;
mod budget;
mod claims;
mod coming;
mod counted;
mod ends;
mod fix_task;
mod fixes;
mod gates;
mod half_done;
mod healing;
mod judged;
mod kinds;
mod large;
mod left;
mod life;
mod listed;
mod merge;
mod moments;
mod parts;
mod price;
mod schedules;
mod told;
mod world;
