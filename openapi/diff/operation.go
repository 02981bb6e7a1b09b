package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/oasdiff/checker"
	"github.com/oasdiff/oasdiff/checker/rules"
	"github.com/oasdiff/oasdiff/checker/schemawalk"
	"github.com/oasdiff/oasdiff/diff"

	"github.com/spectap/spectap/openapi"
)

// operationName is the method and path of an operation, as oasdiff names them.
type operationName struct{ method, path string }

// modified returns the paths and webhooks that both documents have, by oasdiff's names.
func modified(d *diff.Diff) diff.ModifiedPaths {
	paths := diff.ModifiedPaths{}
	if d != nil && d.PathsDiff != nil {
		maps.Copy(paths, d.PathsDiff.Modified)
	}
	if d != nil && d.WebhooksDiff != nil {
		for name, path := range d.WebhooksDiff.Modified {
			paths[webhook+name] = path
		}
	}
	return paths
}

// eachOperation calls visit for each operation that both documents have, and that changed.
func eachOperation(d *diff.Diff, visit func(operationName, *diff.MethodDiff)) {
	for path, p := range modified(d) {
		if p.OperationsDiff == nil {
			continue
		}
		for method, m := range p.OperationsDiff.Modified {
			visit(operationName{method, path}, m)
		}
	}
}

// operation has the places of an operation that changed.
type operation struct {
	operationName
	diff   *diff.MethodDiff
	places map[string]map[string]schemaPlace // by payload, then by the name that oasdiff gives a property
	media  map[string]bool                   // the media types with a schema that changed
	own    []Change

	schemas int // those that changed, in each place, and headers
}

// schemaPlace is a place in the schema of a payload.
type schemaPlace struct {
	component   string // the innermost one that has it, or ""
	within      string // the place in the component
	wasRequired bool   // the old document required this property, which the new one does not have
}

// requestBody names the payload of a request. Those of responses are named by their status, those
// of parameters by their location and name.
const requestBody = ""

func readOperation(name operationName, m *diff.MethodDiff) *operation {
	x := &operation{operationName: name, diff: m, places: map[string]map[string]schemaPlace{}, media: map[string]bool{}}
	content := func(payload, words string, d *diff.ContentDiff) {
		if d == nil {
			return
		}
		for _, media := range keys(d.MediaTypeModified) {
			x.media[media] = true
			x.payload(payload, words, d.MediaTypeModified[media].SchemaDiff)
			x.payload(payload, words, d.MediaTypeModified[media].ItemSchemaDiff)
		}
	}
	if r := m.RequestBodyDiff; r != nil {
		content(requestBody, "the request body", r.ContentDiff)
	}
	if r := m.ResponsesDiff; r != nil {
		for status, response := range r.Modified {
			content(status, "the response with the status `"+status+"`", response.ContentDiff)
			if h := response.HeadersDiff; h != nil {
				x.schemas += len(h.Modified)
			}
		}
	}
	if p := m.ParametersDiff; p != nil {
		for in, parameters := range p.Modified {
			for name, d := range parameters {
				x.style(in, name, d)
				x.payload(in+" "+name, fmt.Sprintf("the `%s` request parameter `%s`", in, name), d.SchemaDiff)
			}
		}
	}
	return x
}

// payload reads the changed places of a schema.
func (x *operation) payload(payload, words string, root *diff.SchemaDiff) {
	if root == nil || root.Base == nil || root.Revision == nil {
		return
	}
	places := x.places[payload]
	if places == nil {
		places = map[string]schemaPlace{}
		x.places[payload] = places
	}
	type owner struct{ component, at string }
	owners := map[*diff.SchemaDiff]owner{}
	isSent := strings.HasPrefix(x.path, webhook) == x.isResponse(payload) // by the client
	visit := func(at string, d *diff.SchemaDiff, o owner) {
		if own := cmp.Or(d.RevisionComponent, d.BaseComponent); own != "" {
			o = owner{own, at}
		}
		owners[d] = o
		x.schemas++
		put := func(at string, wasRequired bool) {
			within := strings.TrimPrefix(strings.TrimPrefix(at, o.at), "/")
			if _, has := places[at]; !has {
				places[at] = schemaPlace{o.component, within, wasRequired}
			}
		}
		put(at, false)
		if p := d.PropertiesDiff; p != nil {
			for _, name := range slices.Concat(p.Added, p.Deleted) {
				put(schemawalk.PropertyFullName(at, name), d.Base != nil && slices.Contains(d.Base.Required, name))
			}
		}
		if r := d.RequiredDiff; r != nil {
			for _, name := range slices.Concat(r.Added, r.Deleted) {
				put(schemawalk.PropertyFullName(at, name), false)
			}
		}
		if isSent {
			x.narrowed(words, at, places[at], d)
		}
	}
	visit("", root, owner{})
	schemawalk.Walker{Enter: func(path, name string, d, parent *diff.SchemaDiff, _ bool) {
		if name != "" {
			path = schemawalk.PropertyFullName(path, name)
		}
		visit(path, d, owners[parent])
	}}.Walk(root)
}

func (x *operation) isResponse(payload string) bool {
	return payload != requestBody && !strings.Contains(payload, " ")
}

// NarrowedMembers is the ID of a change that forbids or restricts the members of an object beyond
// those that it names, which oasdiff has no rule for. Clients that send some are refused then.
const NarrowedMembers = "request-additional-properties-narrowed"

// narrowed adds a change if an object takes fewer other members than before.
func (x *operation) narrowed(words, at string, p schemaPlace, d *diff.SchemaDiff) {
	isObject := func(s *openapi3.Schema) bool { return s != nil && (s.Type == nil || s.Type.Includes("object")) }
	if !isObject(d.Base) || !isObject(d.Revision) {
		return
	}
	was, is := d.Base.AdditionalProperties, d.Revision.AdditionalProperties
	how := ""
	switch {
	case openapi.IsFalse(was):
	case openapi.IsFalse(is):
		how = "has no members beside its properties any more: additionalProperties became false"
	case was.Schema == nil && is.Schema != nil:
		how = "restricts members beside its properties: additionalProperties got a schema"
	}
	if how == "" {
		return
	}
	if at != "" {
		words = "`" + at + "` of " + words
	}
	c := x.add(NarrowedMembers, words+" "+how)
	if c.Schema = p.component; p.component != "" {
		c.at = p.within + "\n" + how
	}
}

// add adds a break that oasdiff has no rule for.
func (x *operation) add(id, text string) *Change {
	x.own = append(x.own, Change{ID: id, Level: Breaking, Method: x.method, Path: callbackText(x.path), Text: line(text)})
	return &x.own[len(x.own)-1]
}

// changes returns the changes of the operation: what oasdiff found, and what it has no rule for.
func (x *operation) changes(found checker.Changes) []Change {
	out := x.own
	for _, c := range found {
		change := changeOf(c)
		p, rest := x.placeOf(c)
		if p.component != "" {
			change.Schema, change.at = p.component, p.within+"\n"+rest
		}
		if isEnumValue(change.ID) {
			change.value = line(fmt.Sprintf("`%v`", c.GetArgs()[0]))
		}
		if strings.HasPrefix(x.path, webhook) {
			x.reverse(c, &change, p)
		}
		out = append(out, change)
	}
	return out
}

// isEnumValue reports whether a rule is about one value of an enum, which is the first argument of
// its changes.
func isEnumValue(id string) bool {
	return enumAddedIDs.MatchString(id) || strings.HasSuffix(id, "-enum-value-removed")
}

// placeOf returns the place of a change in a schema, and its arguments that say what changed there,
// as text. The others of oasdiff's arguments are the name of the property, and the status, the
// media type or the parameter.
func (x *operation) placeOf(c checker.Change) (p schemaPlace, rest string) {
	rule := ruleByID()[c.GetId()]
	isInSchema := func(location string) bool { return strings.Contains(location, ".schema") }
	if rule.Area == rules.AreaHeaders || !slices.ContainsFunc(rule.Locations, isInSchema) {
		return schemaPlace{}, ""
	}
	payload, args := requestBody, []string{}
	for i, arg := range c.GetArgs() {
		if i > 0 || !isEnumValue(c.GetId()) {
			args = append(args, fmt.Sprint(arg))
		}
	}
	others := []string{}
	for i := 0; i < len(args); i++ {
		switch {
		case rule.Area == rules.AreaParameters && i+1 < len(args) && x.places[args[i]+" "+args[i+1]] != nil:
			payload, i = args[i]+" "+args[i+1], i+1
		case rule.Direction == rules.DirectionResponse && args[i] != requestBody && x.places[args[i]] != nil:
			payload = args[i]
		case !x.media[args[i]]:
			others = append(others, args[i])
		}
	}
	places := x.places[payload]
	at := slices.IndexFunc(others, func(s string) bool { _, is := places[s]; return s != "" && is })
	switch {
	case at >= 0:
		p = places[others[at]]
		others = slices.Delete(others, at, at+1)
	case !strings.Contains(c.GetId(), "property"):
		p = places[""]
	}
	return p, strings.Join(others, "\n")
}
