package api

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/openapi/lint"
	"github.com/spectap/spectap/page/wire"
)

// Lints are the findings in the inferred document of a host, most severe first.
type Lints struct {
	Findings []lint.Finding `json:"findings"`
	More     int            `json:"more"` // how many are missing here
}

// linter checks displayed documents. It caches the findings of the last one, since each operation
// asks for them.
type linter struct {
	mu       sync.Mutex
	checked  *catalog.Document
	findings []lint.Finding // most severe first
	failed   error          // of that document, until again
	again    time.Time
}

// retryTime is the time before a check that timed out is repeated.
const retryTime = time.Minute

// check returns the findings in a document.
func (l *linter) check(ctx context.Context, d *catalog.Document) ([]lint.Finding, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err // the page already shows another operation
	}
	if l.checked == d && (l.failed == nil || time.Now().Before(l.again)) {
		return l.findings, l.failed
	}
	limited, cancel := context.WithTimeout(ctx, reviewTime)
	defer cancel()
	text, err := encoded(d)
	if err != nil {
		return nil, err
	}
	r, err := lint.Check(limited, text, lint.Config{Budget: lint.DefaultBudget()})
	if err != nil {
		err = &wire.Error{Message: "check the document: " + err.Error()}
		if ctx.Err() == nil {
			l.checked, l.findings, l.failed, l.again = d, nil, err, time.Now().Add(retryTime)
		}
		return nil, err
	}
	order := map[lint.Severity]int{lint.Error: 0, lint.Warning: 1, lint.Note: 2}
	slices.SortStableFunc(r.Findings, func(a, b lint.Finding) int { return order[a.Severity] - order[b.Severity] })
	l.checked, l.findings, l.failed = d, r.Findings, nil
	return r.Findings, nil
}

// lint returns all findings in the inferred document of a host.
func (p *panel) lint(ctx context.Context, in HostQuery) (Lints, error) {
	return p.lints(ctx, in.Host, func(*lint.Finding) bool { return true })
}

// lintOperation returns the findings that may concern an operation: its own, those of its path, and
// those of all components. The page shows only components that the operation uses.
func (p *panel) lintOperation(ctx context.Context, in OperationQuery) (Lints, error) {
	return p.lints(ctx, in.Host, func(f *lint.Finding) bool {
		own := f.Path == in.Path && (f.Method == "" || f.Method == in.Method)
		return own || strings.HasPrefix(f.Pointer, "/components/")
	})
}

func (p *panel) lints(ctx context.Context, host string, wanted func(*lint.Finding) bool) (Lints, error) {
	d, err := p.get(ctx, host)
	if err != nil {
		return Lints{}, err
	}
	all, err := p.linter.check(ctx, d)
	if err != nil {
		return Lints{}, err
	}
	found := slices.DeleteFunc(slices.Clone(all), func(f lint.Finding) bool { return !wanted(&f) })
	more := max(0, len(found)-maxChanges)
	return Lints{found[:len(found)-more], more}, nil
}
