// Package diff compares two OpenAPI documents from the view of those who use the API.
//
// The rules are oasdiff's. Of this module the package imports internal/lazyregexp,
// internal/visible, openapi, openapi/internal/cleantext and openapi/router. Read diff.go first;
// [Documents] compares. flatten.go merges the parts of allOf before.
package diff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi/internal/cleantext"
)

// Level is the effect of a change on those who use an API.
type Level string

// The levels, gravest first.
const (
	Breaking Level = "breaking" // a client that worked can fail
	Warning  Level = "warning"  // a client could fail; the documents do not show whether it does
	Info     Level = "info"     // no client needs to change
)

// Change is one difference between two documents.
type Change struct {
	// ID is oasdiff's name for the kind of change, such as "response-property-became-nullable".
	ID    string `json:"id"`
	Level Level  `json:"level"`
	// Method and Path are those of the operation; both are empty for changes outside of operations.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Text describes the change, Comment why it matters, on one line each.
	Text    string `json:"text"`
	Comment string `json:"comment,omitempty"`
}

// Documents lists the changes from a to b that concern those who use the API, gravest first.
// Descriptions, order and examples do not count, and what an allOf combines is compared as a whole.
// If the servers have different prefixes, these count as parts of the paths. Both documents must be
// resolved, as openapi.Load returns them; they may be of different versions of OpenAPI. Documents
// modifies both. The error wraps [ErrTooMuch] if the comparison
// would take too long.
func Documents(a, b *openapi3.T) ([]Change, error) {
	return documents(context.Background(), a, b, &ofPerson)
}

func documents(ctx context.Context, a, b *openapi3.T, most *limits) (changes []Change, err error) {
	defer func() {
		if p := recover(); p != nil { // oasdiff panics on some invalid documents
			changes, err = nil, fmt.Errorf("compare documents: %v", p)
		}
	}()
	for _, doc := range []*openapi3.T{a, b} {
		if err := checkAlternatives(doc, most.pairs); err != nil {
			return nil, err
		}
		if err := flatten(doc, most.steps/flattenPart); errors.Is(err, ErrTooMuch) {
			return nil, err
		} else if err != nil {
			return nil, fmt.Errorf("compare documents: %w", cleantext.Error(err))
		}
	}
	align(a, b)
	common, others := split(a, b)
	config := diff.NewConfig()
	if changes, err = compare(ctx, config, common, most); err != nil {
		return nil, err
	}
	config.IncludePathParams = true // no two paths are alike, so none need be searched for
	more, err := compare(ctx, config, others, most)
	if err != nil {
		return nil, err
	}
	changes = append(changes, more...)
	return sorted(changes), nil
}

// sorted sorts changes by gravity, path and method. Equal ones become one.
func sorted(changes []Change) []Change {
	order := []Level{Breaking, Warning, Info}
	slices.SortStableFunc(changes, func(x, y Change) int {
		return cmp.Or(slices.Index(order, x.Level)-slices.Index(order, y.Level), cmp.Compare(x.Path, y.Path),
			cmp.Compare(x.Method, y.Method), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Text, y.Text))
	})
	return slices.Compact(changes)
}

// compare lists the changes between two documents.
func compare(ctx context.Context, config *diff.Config, docs [2]*openapi3.T, most *limits) (changes []Change, err error) {
	if err := checkWork(docs[0], docs[1], most.steps); err != nil {
		return nil, err
	}
	d, sources, err := diff.GetWithOperationsSourcesMap(config, &load.SpecInfo{Spec: docs[0]}, &load.SpecInfo{Spec: docs[1]})
	if err != nil {
		return nil, fmt.Errorf("compare documents: %w", cleantext.Error(err))
	}
	if err := checkChanges(d, most.changes); err != nil {
		return nil, err
	}
	reports := 0
	all := checker.GetAllChecks()
	for i, check := range all {
		if check == nil {
			continue
		}
		all[i] = func(d *diff.Diff, sources *diff.OperationsSourcesMap, config *checker.Config) checker.Changes {
			if ctx.Err() != nil || reports > most.reports {
				return nil
			}
			found := check(d, sources, config)
			reports += len(found)
			return found
		}
	}
	found := checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(all), d, sources, checker.INFO)
	if reports > most.reports {
		return nil, fmt.Errorf("%w: there are more than %d changes", ErrTooMuch, most.reports)
	}
	words := checker.NewDefaultLocalizer()
	for _, c := range found {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		changes = append(changes, Change{
			ID: c.GetId(), Level: levelOf(c.GetLevel()), Method: c.GetOperation(), Path: c.GetPath(),
			Text: line(c.GetUncolorizedText(words)), Comment: line(c.GetComment(words)),
		})
	}
	return changes, nil
}

// maxLine bounds a text, in runes. It has names of the documents, which may be long.
const maxLine = 2000

// line returns a text on one line. Names of the documents stay apart whatever they have: what does
// not show is escaped.
func line(s string) string {
	return cleantext.Shorten(visible.Line(strings.Join(strings.Fields(s), " ")), maxLine)
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
