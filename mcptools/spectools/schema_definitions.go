package spectools

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/sanitize"
)

// anything is the definition of a schema that is not written.
var anything = json.RawMessage("true")

// define writes a definition and returns its name.
func (t *translator) define(ref string, s *openapi3.Schema) string {
	name := t.definitionName(ref)
	t.names[scoped{s, t.key}] = name
	if t.key != "" {
		t.inScope++
	}
	t.defs[name] = anything // reserves the name while the schema is written
	outer := t.referenced
	t.referenced = nil
	raw, err := json.Marshal(t.keywords(s))
	if err != nil {
		t.note("schema " + ref + " cannot be written: any value is accepted")
		raw = anything
	}
	t.defs[name], t.references[name] = raw, t.referenced
	t.referenced = outer
	return name
}

func (t *translator) definitionName(ref string) string {
	base := sanitize.Name(ref[strings.LastIndexByte(ref, '/')+1:])
	if base == "" {
		base = "schema"
	}
	name := base
	for i := 2; t.defs[name] != nil; i++ {
		name = base + "_" + strconv.Itoa(i)
	}
	return name
}

// Referenced returns the names of the definitions that the schemas since Begin refer to. Some may
// be there more than once.
func (t *translator) Referenced() []string { return t.referenced }

// definitions are the definitions that a tool's schema refers to, directly or through others.
type definitions struct {
	Schemas map[string]json.RawMessage // by name
	Size    int                        // bytes of the schemas with their names
	Left    int                        // schemas without room, which accept any value
}

// Definitions returns the definitions that some names refer to. Those that are the fewest
// references away come first; what would exceed limit bytes accepts any value instead.
func (t *translator) Definitions(names []string, limit int) definitions {
	d := definitions{Schemas: make(map[string]json.RawMessage)}
	for queue := names; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if _, ok := d.Schemas[name]; ok {
			continue
		}
		raw := t.defs[name]
		if size := len(name) + len(raw); len(raw) > len(anything) && d.Size+size > limit {
			raw = anything
			d.Left++
		} else {
			queue = append(queue, t.references[name]...)
		}
		d.Schemas[name] = raw
		d.Size += len(name) + len(raw)
	}
	return d
}
