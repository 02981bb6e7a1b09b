package workflow

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/lazyregexp"
)

// Values are what expressions of a step refer to.
type Values struct {
	Inputs map[string]any
	// Output returns an output of an earlier step.
	Output func(step, name string) (any, bool)
}

// expression is one expression, and embedded one in braces.
var (
	fullExpression = lazyregexp.New(`^\$(?:inputs|steps)\.[\w.-]+$`)
	embedded       = lazyregexp.New(`\{\$(?:inputs|steps)\.[\w.-]+\}`)
	named          = lazyregexp.New(`\$inputs\.([\w.-]*)`)
	outputs        = lazyregexp.New(`\{?\$steps\.([\w.-]+)\}?`)
)

// Resolve returns a template with its expressions replaced by values. An expression without a value
// is an error.
func (v Values) Resolve(template any) (any, error) {
	switch x := template.(type) {
	case string:
		return v.text(x)
	case []any:
		out := make([]any, len(x))
		for i, y := range x {
			var err error
			if out[i], err = v.Resolve(y); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(x))
		for name, y := range x {
			var err error
			if out[name], err = v.Resolve(y); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return template, nil
}

// InputsOf returns the names of the inputs that the expressions of a template name.
func InputsOf(template any) (names []string) {
	raw, _ := json.Marshal(template) // which was read from a document
	for _, m := range named.Get().FindAllSubmatch(raw, -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// OutputsOf returns the outputs that the expressions of a text name, as STEP.outputs.NAME.
func OutputsOf(text string) (names []string) {
	for _, m := range outputs.Get().FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// structure are the characters by which a server may read a text as more than one value: JSON, XML,
// a form, GraphQL, or the request lines of a batch.
const structure = "{}[]<>&=\r\n"

// Composes reports whether a template makes something of an output that may say what a request
// does: a complete body, a part of a text with a structure, or a query of GraphQL. isWhole means
// that the template is the body itself, or has the name of a query.
func Composes(template any, isWhole bool) bool {
	switch x := template.(type) {
	case string:
		rest := outputs.Get().ReplaceAllString(x, "")
		return rest != x && (isWhole || strings.ContainsAny(rest, structure) || strings.Contains(rest, "HTTP/"))
	case []any:
		return slices.ContainsFunc(x, func(y any) bool { return Composes(y, isWhole) })
	case map[string]any:
		for name, y := range x {
			if Composes(y, IsQuery(name)) {
				return true
			}
		}
	}
	return false
}

// IsQuery reports whether a parameter or member of this name may have a document of GraphQL.
func IsQuery(name string) bool {
	return slices.Contains([]string{"query", "mutation", "operationname", "document"}, strings.ToLower(name))
}

func (v Values) text(s string) (any, error) {
	if fullExpression.MatchString(s) {
		return v.value(s)
	}
	if strings.HasPrefix(s, "$") && !strings.Contains(s, " ") {
		return nil, fmt.Errorf("the expression %.200q is not known: it must be $inputs.NAME or $steps.STEP.outputs.NAME", s)
	}
	var failed error
	out := embedded.Get().ReplaceAllStringFunc(s, func(e string) string {
		x, err := v.value(e[1 : len(e)-1])
		if err != nil {
			failed = err
		}
		return fmt.Sprint(x)
	})
	return out, failed
}

func (v Values) value(expression string) (any, error) {
	if name, ok := strings.CutPrefix(expression, "$inputs."); ok {
		if x, ok := v.Inputs[name]; ok {
			return x, nil
		}
		return nil, fmt.Errorf("the input %s is missing", name)
	}
	step, name, ok := strings.Cut(strings.TrimPrefix(expression, "$steps."), ".outputs.")
	if x, has := v.Output(step, name); ok && has {
		return x, nil
	}
	return nil, fmt.Errorf("the output %s of step %s is missing", name, step)
}

// Response is what conditions and outputs of a step refer to.
type Response struct {
	Status int
	Header http.Header
	Body   any // of JSON, with numbers as [json.Number], or nil
}

// Value returns the value of an expression: a text, a number or a truth value. An object is
// refused: a person has not agreed to the other members that it would add to a later request.
func (r Response) Value(expression string) (any, bool) {
	switch {
	case expression == "$statusCode":
		return json.Number(strconv.Itoa(r.Status)), true
	case strings.HasPrefix(expression, "$response.header."):
		v := r.Header.Get(strings.TrimPrefix(expression, "$response.header."))
		return v, v != ""
	case strings.HasPrefix(expression, "$response.body#"):
		v, _ := jsonvalue.At(r.Body, jsonvalue.Tokens(strings.TrimPrefix(expression, "$response.body#"))...)
		switch v.(type) {
		case string, json.Number, bool:
			return v, true
		}
	}
	return nil, false
}

// term is a comparison: an expression, == or !=, and a number or a text in single quotes.
var term = lazyregexp.New(`^\s*(\$statusCode|\$response\.(?:body#[^\s=!|&]*|header\.[\w-]+))\s*(==|!=)\s*(-?[\d.]+|true|false|'(?:[^']|'')*')\s*$`)

// Holds reports whether a condition holds: comparisons with == or !=, with && or || between them.
// It returns an error for any other condition.
func (r Response) Holds(condition string) (bool, error) {
	holds := false
	for either := range strings.SplitSeq(condition, "||") {
		all := true
		for part := range strings.SplitSeq(either, "&&") {
			m := term.Get().FindStringSubmatch(part)
			if m == nil {
				return false, fmt.Errorf("the condition %q is not known: it must compare $statusCode or a part of $response with == or !=", part)
			}
			want := m[3]
			if strings.HasPrefix(want, "'") {
				want = strings.ReplaceAll(want[1:len(want)-1], "''", "'")
			}
			got, ok := r.Value(m[1])
			all = all && (ok && fmt.Sprint(got) == want) == (m[2] == "==")
		}
		holds = holds || all
	}
	return holds, nil
}
