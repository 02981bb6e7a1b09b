package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// ErrTooMuch is the error for an expression and a body that together exceed the budget.
var ErrTooMuch = errors.New("too much to search")

const (
	// maxSteps bounds the work of an expression on a body: moves from node to node, 16 bytes of
	// text that are compared, tests of a selector. It takes about a second and 300 MB.
	maxSteps = 4_000_000
	// maxNodes bounds the nodes of a parsed body, about 200 bytes each.
	maxNodes = 2_000_000
	// maxFound bounds the matches.
	maxFound = 200_000
	// pollSteps is the number of steps between two looks at the context.
	pollSteps = 1 << 10
)

// meter counts the steps of one search.
type meter struct {
	ctx  context.Context
	left int
	poll int
}

// abort is the panic that ends a search: the libraries cannot be interrupted otherwise.
type abort struct{ err error }

// spend counts n steps. It panics with abort when the budget is exhausted or the context has ended.
func (m *meter) spend(n int) {
	if m.left -= n; m.left < 0 {
		panic(abort{fmt.Errorf("%w: the expression takes more than %d steps on this body", ErrTooMuch, maxSteps)})
	}
	if m.poll -= n; m.poll < 0 {
		m.poll = pollSteps
		if err := m.ctx.Err(); err != nil {
			panic(abort{err})
		}
	}
}

// within calls search with a new meter. Panics of the libraries become errors.
func within[T any](ctx context.Context, search func(*meter) ([]T, error)) (out []T, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() {
		switch p := recover().(type) {
		case nil:
		case abort:
			out, err = nil, p.err
		default: // some scripts that do not fit the data
			out, err = nil, fmt.Errorf("%v", p)
		}
	}()
	out, err = search(&meter{ctx: ctx, left: maxSteps})
	if err == nil && len(out) > maxFound {
		return nil, tooMany()
	}
	return out, err
}

func tooMany() error {
	return fmt.Errorf("%w: the expression has more than %d matches", ErrTooMuch, maxFound)
}

// contextReader ends when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r contextReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// parseHTML parses a body. A parser repeats formatting elements that are open across blocks, so a
// body of 1 MB can have 100 million nodes: it is refused before they are made.
func parseHTML(ctx context.Context, body string) (*html.Node, error) {
	if err := admitHTML(ctx, body); err != nil {
		return nil, err
	}
	return html.Parse(contextReader{ctx, strings.NewReader(body)})
}

// admitHTML estimates the number of nodes from the tags. A formatting element that is not closed in
// order counts as open until the end.
func admitHTML(ctx context.Context, body string) error {
	z := html.NewTokenizer(contextReader{ctx, strings.NewReader(body)})
	var open []string
	formatting, nodes := 0, 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ctx.Err()
		case html.StartTagToken:
			name, _ := z.TagName()
			open = append(open, string(name))
			if isFormatting(string(name)) {
				formatting++
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if top := len(open) - 1; top >= 0 && open[top] == string(name) {
				open = open[:top]
				if isFormatting(string(name)) {
					formatting--
				}
			}
		}
		if nodes += 1 + min(formatting, maxOpenHTML); nodes > maxNodes {
			return fmt.Errorf("%w: the HTML has more than %d elements", ErrTooMuch, maxNodes)
		}
	}
}

// maxOpenHTML is the number of open elements from which the parser of HTML gives up.
const maxOpenHTML = 512

// isFormatting reports whether an element is one that a parser opens again in the next block (HTML,
// section 13.2.4.3).
func isFormatting(name string) bool {
	switch name {
	case "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u":
		return true
	}
	return false
}
