//! The engine over a real store, with people, skills and strategies that are played.

mod coming;
mod healing;
mod life;
mod world;
