package traffic

import (
	"strings"
	"sync"

	"github.com/spectap/spectap/flow"
)

// Facts collects facts about flows that the index does not have: their credentials by name,
// messages of failures, and other signs of authentication. It is the index's observer. The zero
// value is ready for use, from any goroutine.
//
// A mark is a small number that the search index keeps with a flow; flows with equal facts share
// it. Reading and redacting 100,000 flows in each call would take a minute.
type Facts struct {
	findings authFindings

	mu    sync.Mutex // guards the fields below
	marks map[fact]uint32
	list  []fact // by mark - 1
}

// fact has the facts about a flow. Flows share facts.
type fact struct {
	credentials string // names, with separators
	failed      bool
	message     string // normalized; of a flow that failed
}

const (
	// maxFacts bounds the facts. Beyond it, messages of failures are not distinguished.
	maxFacts  = 20000
	separator = "\x00"
)

// Observe implements [search.Observer]. The mark of a flow is the number of its fact.
func (x *Facts) Observe(original, redacted *flow.Flow) (commit func() uint32) {
	found := x.findings.Observe(original, redacted)
	f := factOf(redacted)
	if found == nil && f == (fact{}) {
		return nil
	}
	return func() uint32 {
		if found != nil {
			found()
		}
		return x.mark(f)
	}
}

// factOf returns the fact of a redacted flow.
func factOf(f *flow.Flow) fact {
	out := fact{credentials: strings.Join(credentialsOf(&f.Request), separator), failed: isFailure(f)}
	if out.failed {
		out.message = shortMessage(normalizeMessage(failureMessage(f)))
	}
	return out
}

// mark returns the mark of a fact.
func (x *Facts) mark(f fact) uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) >= maxFacts && x.marks[f] == 0 {
		f.message = ""
	}
	if len(x.list) >= 2*maxFacts && x.marks[f] == 0 {
		f.credentials = ""
	}
	if n := x.marks[f]; n != 0 {
		return n
	}
	if x.marks == nil {
		x.marks = map[fact]uint32{}
	}
	x.list = append(x.list, f)
	x.marks[f] = uint32(len(x.list))
	return x.marks[f]
}

// of returns the fact of a mark.
func (x *Facts) of(mark uint32) fact {
	x.mu.Lock()
	defer x.mu.Unlock()
	if mark == 0 || int(mark) > len(x.list) {
		return fact{}
	}
	return x.list[mark-1]
}

// Reset implements [search.Observer].
func (x *Facts) Reset() {
	x.findings.Reset()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.marks, x.list = nil, nil
}
