package diff

import "fmt"

// budget bounds the steps of a computation over schemas, which can refer to each other in more ways
// than a document has bytes. [catch] makes an error of its end.
type budget struct{ limit, steps int }

// spend counts steps. It ends the computation if there are too many.
func (b *budget) spend(steps int) {
	if b.steps += min(steps, tooMany); b.steps > b.limit {
		panic(overspent{fmt.Errorf("%w: it takes more than %d steps, since schemas, responses or callbacks refer to each other in "+
			"too many ways", ErrTooMuch, b.limit)})
	}
}

// overspent is the panic of a computation that exceeds its budget.
type overspent struct{ error }

// catch turns the panic of a budget into an error.
func catch(err *error) {
	switch p := recover().(type) {
	case nil:
	case overspent:
		*err = p.error
	default:
		panic(p)
	}
}
