package subject

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// List is a request whose result is a list.
type List struct {
	// Kind is the kind of the elements in the policy.
	Kind policy.Kind
	// Member is the member of the result with the list.
	Member string
	// Name is the member of each element with its name in the policy.
	Name string
}

// Lists are the requests whose result is a list, by method.
var Lists = map[string]List{
	"tools/list":               {policy.Tool, "tools", "name"},
	"prompts/list":             {policy.Prompt, "prompts", "name"},
	"resources/list":           {policy.Resource, "resources", "uri"},
	"resources/templates/list": {policy.Resource, "resourceTemplates", "uriTemplate"},
	"skills/list":              {policy.Resource, "skills", "uri"}, // SEP-2640
}

// definition returns an element of a list with its name, "" if it has none.
func (l List) definition(e jsontext.Value) pin.Definition {
	return pin.Definition{Name: rawjson.String(rawjson.At(e, l.Name)), JSON: e}
}

// Select returns a list with the chosen ones of its elements. A result that is not a list of this
// kind is an error, because it cannot be shown in part.
func Select(method string, result jsontext.Value, choose func([]pin.Definition) ([]jsontext.Value, error)) (jsontext.Value, error) {
	l := Lists[method]
	members, err := rawjson.Split(result)
	if err != nil {
		return nil, err
	}
	texts, err := rawjson.Elements(rawjson.Get(members, l.Member))
	if err != nil {
		return nil, fmt.Errorf("the member %s: %w", l.Member, err)
	}
	all := make([]pin.Definition, len(texts))
	for i, e := range texts {
		all[i] = l.definition(e)
	}
	chosen, err := choose(all)
	if err != nil {
		return nil, err
	}
	members = rawjson.Set(members, l.Member, rawjson.Array(chosen))
	if rawjson.Get(members, "cacheScope") != nil { // the list depends on the caller
		members = rawjson.Set(members, "cacheScope", jsontext.Value(`"private"`))
	}
	return rawjson.Join(members), nil
}

// Filter removes the elements that the policy does not show from a list.
func Filter(g *enforce.Guard, method string, result jsontext.Value) (jsontext.Value, error) {
	kind := Lists[method].Kind
	return Select(method, result, func(all []pin.Definition) (kept []jsontext.Value, _ error) {
		for _, e := range all {
			name := e.Name
			if kind == policy.Tool && name != "" {
				name = cmp.Or(jsonrpc.DispatchesAs(e.JSON), name)
			}
			isShown := g.Lists(kind, name) || method == "resources/templates/list" && g.ListsTemplate(name)
			if name != "" && isShown { // without a name, it cannot be judged
				kept = append(kept, e.JSON)
			}
		}
		return kept, nil
	})
}

// MaxPages bounds the pages of a list that the gateway reads for its own use.
const MaxPages = 200

// Pages calls each with the elements of a list, page after page. ask sends a request and returns
// its result.
func Pages(ask func(method string, params []byte) (jsontext.Value, error), method string, params []rawjson.Member, each func(pin.Definition)) error {
	l := Lists[method]
	for range MaxPages {
		result, err := ask(method, rawjson.Join(params))
		if err != nil {
			return err
		}
		members, err := rawjson.Split(result)
		if err != nil {
			return err
		}
		elements, err := rawjson.Elements(rawjson.Get(members, l.Member))
		if err != nil {
			return err
		}
		for _, e := range elements {
			if e.Kind() == '{' {
				each(l.definition(e))
			}
		}
		next := rawjson.Get(members, "nextCursor")
		if rawjson.String(next) == "" {
			return nil
		}
		params = rawjson.Set(params, "cursor", next)
	}
	return fmt.Errorf("%s has more than %d pages", method, MaxPages)
}

// expression matches an expression of a URI template (RFC 6570).
var expression = regexp.MustCompile(`\{[^{}]*\}`)

// MayExpandTo reports whether a URI template may expand to a URI with some values of its variables.
func MayExpandTo(template, uri string) bool {
	literals := expression.Split(template, -1)
	for i, text := range literals {
		literals[i] = regexp.QuoteMeta(text)
	}
	re, err := regexp.Compile("(?s)^" + strings.Join(literals, ".*") + "$")
	return err != nil || re.MatchString(uri)
}
