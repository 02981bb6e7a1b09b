package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/checker/rules"

	"github.com/spectap/spectap/openapi/router"
)

// Beginnings of names of paths: oasdiff's for a webhook, and ours for a webhook that is a callback.
const (
	webhook  = "webhook:"
	callback = "callback "
)

// liftCallbacks makes the callbacks of operations that both documents have webhooks: a callback is
// a webhook whose subscriber gave its URL in a request.
func liftCallbacks(a, b *openapi3.T) {
	others := map[string]*openapi3.PathItem{}
	for path, item := range b.Paths.Map() {
		others[router.TemplateShape(path)] = item
	}
	for path, item := range a.Paths.Map() {
		other := others[router.TemplateShape(path)]
		if item == nil || other == nil {
			continue
		}
		operations := other.Operations()
		for method, o := range item.Operations() {
			if p := operations[method]; p != nil {
				lift(a, method+" "+path, o)
				lift(b, method+" "+path, p)
			}
		}
	}
}

func lift(doc *openapi3.T, operation string, o *openapi3.Operation) {
	for name, r := range o.Callbacks {
		if r.Value == nil { // it refers to itself
			continue
		}
		for url, item := range r.Value.Map() {
			if doc.Webhooks == nil {
				doc.Webhooks = map[string]*openapi3.PathItem{}
			}
			doc.Webhooks[fmt.Sprintf("%s%s of %s (%s)", callback, name, operation, url)] = item
		}
	}
}

// callbackText writes callbacks without oasdiff's words for webhooks.
var callbackText = strings.NewReplacer(webhook+callback, callback, "webhook `"+callback, "`"+callback).Replace

// reverse sets the level of a change to a webhook. The server sends the request there and the
// subscriber reads it, so it has the direction of a response, and the answer that of a request.
func (x *operation) reverse(c checker.Change, change *Change, p schemaPlace) {
	rule, level := ruleByID()[change.ID], change.Level
	reversed := map[rules.Direction]rules.Direction{
		rules.DirectionRequest: rules.DirectionResponse, rules.DirectionResponse: rules.DirectionRequest,
	}
	isRequired := false
	switch change.ID {
	case checker.RequestBodyRemovedId:
		isRequired = true
	case checker.RequestPropertyRemovedId:
		isRequired = p.wasRequired
	case checker.RequestParameterRemovedId:
		isRequired = x.required(c.GetArgs())
	default:
		if to, is := reversed[rule.Direction]; is {
			change.Level = levelOf(rules.DeriveLevel(rule.Effect, to, rule.Guards...))
		}
		if change.Level != level {
			change.Comment = "" // it explains the other direction
		}
		return
	}
	if change.Level, change.Comment = Info, ""; isRequired {
		change.Level = Breaking
	}
}

// required reports whether the old document required the parameter with this location and name.
func (x *operation) required(args []any) bool {
	return slices.ContainsFunc(x.diff.Base.Parameters, func(r *openapi3.ParameterRef) bool {
		return r.Value.Required && slices.Equal(args, []any{r.Value.In, r.Value.Name})
	})
}
