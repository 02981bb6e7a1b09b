package upstream

import "context"

// workers run functions in goroutines of their own. Some of these are kept: a new one would grow
// its stack again for each request.
type workers struct {
	next  chan func()
	spare chan struct{} // has an element for each goroutine that waits
}

// maxSpare bounds the goroutines that wait for the next function.
const maxSpare = 8

func newWorkers() workers {
	return workers{next: make(chan func()), spare: make(chan struct{}, maxSpare)}
}

// do runs f in a goroutine. Those that wait end with ctx.
func (w workers) do(ctx context.Context, f func()) {
	select {
	case w.next <- f:
		return
	default:
	}
	go func() {
		for {
			f()
			select {
			case w.spare <- struct{}{}:
			default:
				return // enough of them wait
			}
			select {
			case f = <-w.next:
				<-w.spare
			case <-ctx.Done():
				<-w.spare
				return
			}
		}
	}()
}
