package store

import "github.com/spectap/spectap/store/ranges"

// Range is a run of record numbers, both ends included.
type Range = ranges.Range

// Ranges is a set of record numbers: sorted runs that neither overlap nor touch.
type Ranges = ranges.Set
