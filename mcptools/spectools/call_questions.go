package spectools

import "sync"

// maxQuestions bounds the questions that wait for an answer from one caller. A person cannot judge
// more at once.
const maxQuestions = 8

// openQuestions counts the questions that wait for an answer. It is safe for concurrent use.
type openQuestions struct {
	mu    sync.Mutex // guards count
	count map[string]int
}

// open reports whether one more question may be put to the user of a principal. If so, the caller
// calls done after the answer.
func (q *openQuestions) open(principal string) (done func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count[principal] >= maxQuestions {
		return nil, false
	}
	if q.count == nil {
		q.count = make(map[string]int)
	}
	q.count[principal]++
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.count[principal]--; q.count[principal] == 0 {
			delete(q.count, principal)
		}
	}, true
}
