package compact

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

// kinds are the kinds of components that have definitions, and the prefixes of their names.
var kinds = map[string]string{
	"schemas": "", "parameters": "@param.", "requestBodies": "@body.", "responses": "@response.",
}

// maxRepeated is the size up to which the text of a shared parameter, request body or response is
// repeated where it is used. A longer one has a definition.
const maxRepeated = 60

// shared returns inline, or the name of its definition if v refers to a component and the text is
// long.
func (p *printer) shared(v any, inline string) string {
	o, _ := v.(object)
	if ref := text(o["$ref"]); ref != "" && len(inline) > maxRepeated {
		return p.reference(ref)
	}
	return inline
}

// defineAll writes the lines of all references that have none yet.
func (f *Form) defineAll() error {
	for len(f.todo) > 0 && f.size <= maxSize {
		ref := f.todo[len(f.todo)-1]
		f.todo = f.todo[:len(f.todo)-1]
		f.define(ref)
	}
	if f.size > maxSize {
		return fmt.Errorf("it has more than %d MB", maxSize>>20)
	}
	return nil
}

// define writes the line that a reference leads to, unless there is one.
func (f *Form) define(ref string) {
	if _, has := f.defs[ref]; has {
		return
	}
	p := &printer{form: f}
	kind, _, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
	line := ""
	if prefix := kinds[kind]; prefix != "" && strings.HasPrefix(ref, "#/components/") {
		o, _ := f.resolve(f.lookUp(ref))
		value := p.value(o)
		if len(value) <= maxRepeated {
			return
		}
		line = "type " + referenceName(ref) + " = " + value
	} else {
		v := f.lookUp(ref)
		line = "type " + referenceName(ref) + " = " + p.schema(v).text + remarks(v)
	}
	f.defs[ref] = definition{line: line, refs: p.refs}
	f.size += len(line)
}

// referenceName returns the name under which the target of a reference is defined.
func referenceName(ref string) string {
	for kind, prefix := range kinds {
		name, ok := strings.CutPrefix(ref, "#/components/"+kind+"/")
		if ok && !strings.Contains(name, "/") {
			return prefix + typeName(jsonvalue.Token(name))
		}
	}
	return backquoted(ref)
}

// typeName returns a name of a type: as it is, or in backquotes.
func typeName(name string) string {
	if isIdentifier(name) && name[0] != '@' && !slices.Contains(reserved, name) && !formats[name] && len(name) <= maxText {
		return name
	}
	return backquoted(name)
}

func backquoted(name string) string {
	b, _ := json.Marshal(name)
	inner := strings.TrimSuffix(strings.TrimPrefix(visible.JSON(string(b)), `"`), `"`)
	return "`" + strings.ReplaceAll(inner, "`", `\u0060`) + "`"
}
