package openapi

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"
)

// Level says what a change does to those who use an API.
type Level string

// The levels, gravest first.
const (
	Breaking Level = "breaking" // a client that worked can fail
	Warning  Level = "warning"  // a client could fail, in ways that a document cannot tell
	Info     Level = "info"     // no client needs to change
)

// Change is one difference between two documents.
type Change struct {
	// ID names the kind of change, such as "response-property-became-nullable"; they are oasdiff's.
	ID    string `json:"id"`
	Level Level  `json:"level"`
	// Method and Path are the operation's; both are empty for what stands outside of operations.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Text says in words what changed, Comment why it matters; one line each.
	Text    string `json:"text"`
	Comment string `json:"comment,omitempty"`
}

// Diff lists what changed from a to b for those who use the API, gravest first. Descriptions, order and examples do
// not count. Both documents must be resolved, as [Load] returns them; they may be of different versions of OpenAPI.
func Diff(a, b *openapi3.T) (changes []Change, err error) {
	defer func() {
		if p := recover(); p != nil { // the library trusts documents to be valid
			changes, err = nil, fmt.Errorf("compare documents: %v", p)
		}
	}()
	d, sources, err := diff.GetWithOperationsSourcesMap(diff.NewConfig(), &load.SpecInfo{Spec: a}, &load.SpecInfo{Spec: b})
	if err != nil {
		return nil, fmt.Errorf("compare documents: %w", oneLine(err))
	}
	words := checker.NewDefaultLocalizer()
	for _, c := range checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(checker.GetAllChecks()), d, sources, checker.INFO) {
		changes = append(changes, Change{
			ID: c.GetId(), Level: levelOf(c.GetLevel()), Method: c.GetOperation(), Path: c.GetPath(),
			Text: cleanLine(c.GetUncolorizedText(words)), Comment: cleanLine(c.GetComment(words)),
		})
	}
	order := []Level{Breaking, Warning, Info}
	slices.SortStableFunc(changes, func(x, y Change) int {
		return cmp.Or(slices.Index(order, x.Level)-slices.Index(order, y.Level), cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method),
			cmp.Compare(x.ID, y.ID), cmp.Compare(x.Text, y.Text))
	})
	return slices.Compact(changes), nil
}

func levelOf(l checker.Level) Level {
	switch l {
	case checker.ERR:
		return Breaking
	case checker.WARN:
		return Warning
	}
	return Info
}
