//! The engine over a real store, with people, skills and strategies that are played.

mod budget;
mod coming;
mod fix_task;
mod gates;
mod healing;
mod kinds;
mod life;
mod merge;
mod parts;
mod schedules;
mod world;
