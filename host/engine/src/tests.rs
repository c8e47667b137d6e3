//! The engine over a real store, with people, skills and strategies that are played.

mod healing;
mod life;
mod schedules;
mod world;
