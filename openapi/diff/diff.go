// Package diff compares two OpenAPI documents from the view of API clients.
//
// The rules are oasdiff's. Read diff.go first; [Options.Documents] compares. Before, normal.go
// writes each document in one form, flatten.go merges the parts of allOf, and reconcile.go writes
// equal content of both in the same words. operation.go finds where a change is, and adds rules
// that oasdiff does not have. work.go bounds the work. groups.go joins changes that have one cause,
// and accept.go leaves out changes that a team accepted.
package diff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/diff"
	"github.com/oasdiff/oasdiff/load"

	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/openapi"
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
	// Schema is the innermost component that has the change, or "".
	Schema string `json:"schema,omitempty"`

	at    string // the place in the schema, and what changed there; "" without a schema
	value string // that an enum gained or lost, as the text has it
}

// Options say how changes count. The zero value is not strict.
type Options struct {
	// Strict makes values that an enum of responses gains breaks; they are warnings else.
	Strict bool
}

// Documents lists the changes from a to b that concern API clients, the most severe first.
// Descriptions, order and examples do not count, and the parts of an allOf are compared as one
// schema. If the servers have different prefixes, these count as parts of the paths. Both documents
// must be resolved, as openapi.Load returns them; they may be of different versions of OpenAPI.
// Documents modifies both. The error wraps [ErrTooMuch] if the comparison would take too long.
func (o Options) Documents(a, b *openapi3.T) ([]Change, error) {
	return o.documents(context.Background(), a, b, &ofPerson)
}

func (o Options) documents(ctx context.Context, a, b *openapi3.T, most *limits) (changes []Change, err error) {
	defer func() {
		if p := recover(); p != nil { // oasdiff panics on some invalid documents
			changes, err = nil, fmt.Errorf("compare documents: %v", p)
			if ref := cmp.Or(unresolved(a), unresolved(b)); ref != "" {
				err = fmt.Errorf("compare documents: the reference %q leads to itself", openapi.ShortenText(ref, maxLine/10))
			}
		}
	}()
	most = most.of(a, b)
	shown := evidenceOf(a, b)
	isAligned := align(a, b)
	if shown == (evidence{}) {
		liftCallbacks(a, b)
	}
	if err := prepare(a, b, most); err != nil {
		return nil, err
	}
	if err := reconcile(a, b, shown, most.steps/preparePart); err != nil {
		return nil, err
	}
	if changes, err = o.compare(ctx, a, b, most); err != nil {
		return nil, err
	}
	if !isAligned && shown == (evidence{}) {
		changes = append(changes, serverChanges(a, b)...)
	}
	shown.weigh(changes)
	return sorted(changes), nil
}

// unresolved returns a reference without a value, which only one that leads to itself lacks, or "".
func unresolved(doc *openapi3.T) (ref string) {
	defer func() { _ = recover() }() // the document is half prepared
	var found *openapi3.UnresolvedRefError
	if errors.As(doc.Validate(context.Background(), openapi3.EnableMultiError(), openapi3.DisableExamplesValidation(),
		openapi3.DisableSchemaPatternValidation(), openapi3.DisableSchemaDefaultsValidation()), &found) {
		ref = found.Ref
	}
	return ref
}

func newConfig() *diff.Config {
	config := diff.NewConfig(diff.WithExcludeElements([]string{
		diff.ExcludeDescriptionOption, diff.ExcludeTitleOption, diff.ExcludeSummaryOption, diff.ExcludeExamplesOption,
	}))
	config.IncludePathParams = true // the same path has the same names, see alignNames
	return config
}

// prepare writes two documents in one form.
func prepare(a, b *openapi3.T, most *limits) error {
	headers := spelling{}
	for _, doc := range []*openapi3.T{a, b} {
		normalize(doc, headers)
		if err := flatten(doc, most.steps/preparePart); errors.Is(err, ErrTooMuch) {
			return err
		} else if err != nil {
			return fmt.Errorf("compare documents: %w", openapi.LineError(err))
		}
	}
	alignNames(a, b)
	alignSecurity(a, b)
	for _, doc := range []*openapi3.T{a, b} {
		if c := doc.Components; c != nil { // of components, it reads security schemes and names of schemas
			doc.Components = &openapi3.Components{SecuritySchemes: c.SecuritySchemes, Schemas: openapi3.Schemas{}}
			for name := range c.Schemas {
				doc.Components.Schemas[name] = &openapi3.SchemaRef{Value: new(openapi3.Schema)}
			}
		}
	}
	return nil
}

// sorted sorts changes by gravity, rule, path and method. Equal ones become one.
func sorted(changes []Change) []Change {
	order := []Level{Breaking, Warning, Info}
	compare := func(x, y Change) int {
		return cmp.Or(slices.Index(order, x.Level)-slices.Index(order, y.Level), cmp.Compare(x.ID, y.ID),
			cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Text, y.Text))
	}
	slices.SortStableFunc(changes, compare)
	// There is no break for which the version would have to change.
	if len(changes) > 0 && changes[0].Level != Breaking {
		changes = slices.DeleteFunc(changes, func(c Change) bool { return versionIDs.MatchString(c.ID) })
	}
	return slices.CompactFunc(changes, func(x, y Change) bool { return compare(x, y) == 0 })
}

var versionIDs = lazyregexp.New(`^api-(major-)?version-`)

// compare lists the changes between two documents.
func (o Options) compare(ctx context.Context, a, b *openapi3.T, most *limits) (changes []Change, err error) {
	if err := checkWork(a, b, most.steps); err != nil {
		return nil, err
	}
	d, sources, err := diff.GetWithOperationsSourcesMap(newConfig(), &load.SpecInfo{Spec: a}, &load.SpecInfo{Spec: b})
	if err != nil {
		return nil, fmt.Errorf("compare documents: %w", openapi.LineError(err))
	}
	var operations []*operation
	schemas, reports := 0, 0
	eachOperation(d, func(name operationName, m *diff.MethodDiff) {
		if schemas <= most.changes {
			operations = append(operations, readOperation(name, m))
			schemas += operations[len(operations)-1].schemas
		}
	})
	if schemas > most.changes {
		return nil, fmt.Errorf("%w: the operations have more than %d schemas that changed", ErrTooMuch, most.changes)
	}
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
	found := map[operationName]checker.Changes{}
	for _, c := range checker.CheckBackwardCompatibilityUntilLevel(checker.NewConfig(all), d, sources, checker.INFO) {
		name := operationName{c.GetOperation(), c.GetPath()}
		found[name] = append(found[name], c)
	}
	if reports > most.reports {
		return nil, fmt.Errorf("%w: there are more than %d changes", ErrTooMuch, most.reports)
	}
	for _, x := range operations {
		if ctx.Err() == nil {
			changes = append(changes, x.changes(found[x.operationName])...)
			delete(found, x.operationName)
		}
	}
	for _, rest := range found { // operations of one document, and what is outside of operations
		for _, c := range rest {
			changes = append(changes, changeOf(c))
		}
	}
	for i := range changes {
		if c := &changes[i]; c.Level == Breaking && !o.Strict && enumAddedIDs.MatchString(c.ID) {
			c.Level = Warning
		}
	}
	return changes, context.Cause(ctx)
}

// enumAddedIDs match rules about values that an enum gained. Such a rule is breaking only where the
// server sends the value; most clients have a default for values that they do not know.
var enumAddedIDs = lazyregexp.New(`-enum-value-added$`)

// localize are oasdiff's texts.
var localize = sync.OnceValue(checker.NewDefaultLocalizer)

// changeOf returns a change that oasdiff found.
func changeOf(c checker.Change) Change {
	l := localize()
	return Change{
		ID: c.GetId(), Level: levelOf(c.GetLevel()), Method: c.GetOperation(), Path: callbackText(c.GetPath()),
		Text: callbackText(line(c.GetUncolorizedText(l))), Comment: line(c.GetComment(l)),
	}
}

// maxLine bounds a text, in runes. It has names of the documents, which may be long.
const maxLine = 2000

// line returns a text on one line. Invisible characters are escaped, so that different names stay
// different.
func line(s string) string {
	return openapi.ShortenText(visible.Line(strings.Join(strings.Fields(s), " ")), maxLine)
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
