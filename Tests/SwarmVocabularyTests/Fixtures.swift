// Shared helpers of this target's tests: fixtures and paths.
