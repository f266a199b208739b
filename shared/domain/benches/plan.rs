//! How long it takes to plan users' days: `cargo bench -p domain`.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

mod crowd;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use crate::crowd::{Crowd, EVENTS};

const USERS: usize = 1_000;

fn plan(criterion: &mut Criterion) {
    let crowd = Crowd::new();
    let members: Vec<_> = (0..USERS).map(|number| crowd.member(number)).collect();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements((USERS * EVENTS) as u64));
    group.bench_function("1,000 users with five events each", |bencher| {
        bencher.iter(|| {
            for (number, member) in members.iter().enumerate() {
                black_box(crowd.plan(number, member));
            }
        });
    });
    let members: Vec<_> = (0..USERS).map(|number| crowd.planned_member(number)).collect();
    assert!(crowd.plan(0, &members[0]).is_empty(), "nothing changed");
    group.bench_function("1,000 users again, among 55 events each", |bencher| {
        bencher.iter(|| {
            for (number, member) in members.iter().enumerate() {
                black_box(crowd.plan(number, member));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, plan);
criterion_main!(benches);
