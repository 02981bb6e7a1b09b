package traffic

import (
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/security"
	"github.com/spectap/spectap/mcptools/view"
)

// Facts collects facts about flows that the index does not have: their credentials by name, and
// messages of failures. It is the index's observer. The zero value is ready for use, from any
// goroutine.
//
// A mark is a small number that the search index keeps with a flow; flows with equal facts share
// it. Reading and redacting 100,000 flows in each call would take a minute.
type Facts struct {
	mu    sync.Mutex // guards the fields below
	marks map[fact]uint32
	list  []fact // by mark - 1

	reading sync.Mutex // guards the fields below
	reader  security.Reader
	names   headers.Cache
}

// fact has the facts about a flow. Flows share facts.
type fact struct {
	credentials string // the key of [security.Reader]
	failed      bool
	partial     bool   // failed, with data
	message     string // normalized; of a flow that failed
}

// maxFacts bounds the facts. Beyond it, messages of failures are not distinguished.
const maxFacts = 20000

// Observe implements [search.Observer]. The mark of a flow is the number of its fact.
func (x *Facts) Observe(original, redacted *flow.Flow) (commit func() uint32) {
	f := fact{credentials: x.credentials(&original.Request), failed: isFailure(redacted)}
	if f.failed {
		f.partial = isPartial(redacted)
		f.message = shortMessage(normalizeMessage(failureMessage(redacted), ownWords(&redacted.Request)))
	}
	if f == (fact{}) {
		return nil
	}
	return func() uint32 { return x.mark(f) }
}

// ownWords returns a function that reports whether a text in an answer to a request is not one of
// its values, which differ between requests, but the name of a field or the server's own.
func ownWords(r *flow.Request) func(text string) bool {
	body := view.Cut(string(r.Body.Data), maxBody)
	all := r.Path + "?" + r.RawQuery + "&" + body
	isSent := func(form string) bool { return strings.Contains(all, form) }
	return func(text string) bool {
		return !isSent(text) && !isSent(url.PathEscape(text)) && !isSent(url.QueryEscape(text)) && !isSent(strings.Trim(strconv.QuoteToASCII(text), `"`)) || strings.Contains(body, `"`+text+`":`) || strings.Contains(all, "?"+text+"=") || strings.Contains(all, "&"+text+"=")
	}
}

// credentials returns the key of what a request carries to authenticate itself. It has no values.
func (x *Facts) credentials(r *flow.Request) string {
	x.reading.Lock()
	defer x.reading.Unlock()
	lines := make([]*headers.Info, len(r.Header))
	for i, h := range r.Header {
		lines[i] = x.names.Lookup(h.Name)
	}
	return string(x.reader.Key(r, lines))
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
	x.mu.Lock()
	defer x.mu.Unlock()
	x.marks, x.list = nil, nil
}
