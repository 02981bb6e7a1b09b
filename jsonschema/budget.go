package jsonschema

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// ErrTooMuch is returned when a validation exceeds the steps of its [Meter]. The value was neither
// accepted nor rejected: a caller that must be sure treats it as invalid.
var ErrTooMuch = errors.New("too much to check")

const (
	// DefaultSteps bounds the work of [Schema.Validate] to about two seconds. A step is one
	// application of a schema to a value, one value of an enum that is compared, 16 bytes of a text
	// that is read, or 100 ns in a regular expression. It takes about 100 ns.
	DefaultSteps = 20_000_000
	// maxResults bounds the results that are remembered, about 150 bytes each. A result is the
	// answer for one schema at one value; alternatives that share a schema use it again. Where it
	// is exceeded, work is repeated at the cost of steps.
	maxResults = 200_000
	// maxCauses bounds the tree of errors, about 500 bytes each, that explains a mismatch. A larger
	// one is explained in part: by some of the properties or items that do not match.
	maxCauses = 20_000
)

// Meter counts the steps of validations that share one budget, such as those of one flow. It is not
// safe for concurrent use.
type Meter struct{ steps, most int }

// NewMeter returns a meter with so many steps left; 0 is [DefaultSteps].
func NewMeter(steps int) *Meter { return &Meter{most: cmp.Or(steps, DefaultSteps)} }

// Numbers of steps.
const (
	pollSteps = 1 << 12 // between two checks of the context
	// memoSteps are taken before results are remembered: most validations end sooner.
	memoSteps = 1 << 13
	// explainSteps bounds a subtree that the library explains. It cannot be interrupted.
	explainSteps = 500_000
	bytesPerStep = 16
)

// abort is the panic that ends an evaluation.
type abort struct{ err error }

// errLarge ends the measuring of a subtree that is too large for the library to explain.
var errLarge = errors.New("too large to explain")

// charge counts n steps. It panics with abort when the budget is exhausted or ctx has ended.
func (e *evaluator) charge(n int) {
	e.meter.steps += n
	e.cost += n
	if e.meter.steps > e.meter.most {
		panic(abort{fmt.Errorf("%w: the value and its schema take more than %d steps", ErrTooMuch, e.meter.most)})
	}
	if e.full && (e.cost > explainSteps || e.faults > maxCauses) {
		panic(abort{errLarge})
	}
	if e.poll -= n; e.poll < 0 {
		e.poll = pollSteps
		if err := e.ctx.Err(); err != nil {
			panic(abort{err})
		}
	}
}

// guarded runs f and returns the error of an abort.
func guarded(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			a, ok := r.(abort)
			if !ok {
				panic(r)
			}
			err = a.err
		}
	}()
	f()
	return nil
}

// newEvaluator returns an evaluator that spends the steps of m.
func newEvaluator(ctx context.Context, m *Meter) *evaluator {
	return &evaluator{ctx: ctx, meter: m, poll: pollSteps}
}
