package spectools

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/sanitize"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// builder makes the operations of one document.
type builder struct {
	doc     *openapi3.T
	o       Options
	baseURL string
	// isBaseOrigin reports whether the base URL has no path.
	isBaseOrigin bool
	schemas      *translator
	answers      *translator // for the schemas of answers, with StrictOutput
	skipped      []Skip
	notes        []Note
}

func (b *builder) skip(op *operation, reason string) {
	b.skipped = append(b.skipped, Skip{op.Method, op.Path, reason})
}

// note records a note unless it is among the last fifty.
func (b *builder) note(op *operation, text string) {
	n := Note{op.Method, op.Path, text}
	if !slices.Contains(b.notes[max(0, len(b.notes)-50):], n) {
		b.notes = append(b.notes, n)
	}
}

// operations builds the operations of the document, in the order of path and method.
func (b *builder) operations() []*operation {
	var out []*operation
	if b.doc.Paths == nil {
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(b.doc.Paths.Map())) {
		item := b.doc.Paths.Value(path)
		if item == nil {
			continue
		}
		if why, isCut := item.Extensions[openapi.ExtUnresolved].(string); isCut {
			b.skipped = append(b.skipped, Skip{"*", path, why})
		}
		methods := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			doc := methods[method]
			if doc == nil {
				continue
			}
			op := &operation{id: doc.OperationID, doc: doc, tags: doc.Tags}
			op.Method, op.Path, op.Files = strings.ToUpper(method), path, b.o.Files
			if b.o.Filter != nil && !b.o.Filter(op.public()) && !b.o.SignIn.isNamed(op) {
				b.skip(op, Filtered)
				continue
			}
			if err := b.build(op, item); err != nil {
				b.skip(op, err.Error())
				continue
			}
			out = append(out, op)
		}
	}
	return out
}

// build fills in all of an operation but the tool, whose name depends on the other operations.
func (b *builder) build(op *operation, item *openapi3.PathItem) error {
	why, isCut := op.doc.Extensions[openapi.ExtUnresolved].(string)
	switch {
	case isCut:
		return errors.New(why)
	case op.Method == "TRACE": // a client must not send credentials with it (RFC 9110, section 9.3.8)
		return errors.New("TRACE makes a server return the request with its credentials, and is never sent")
	case op.Method == "CONNECT":
		return errors.New("CONNECT opens a tunnel, and is never sent")
	case !strings.HasPrefix(op.Path, "/"):
		return errors.New("the path does not start with a slash")
	case serialize.HasDotSegment(op.Path):
		return errors.New(`the path has a segment "." or "..", which leaves the path of the server: write the path without it`)
	}
	if err := b.setBaseURL(op, item); err != nil {
		return err
	}
	b.setSecurity(op)
	b.setParameters(op, item)
	b.setBodies(op)
	op.title = sanitize.Description(op.doc.Summary, 80)
	op.description = describe(op)
	op.held = b.o.Policy.RequiresConsent(op.Method, "") || extensionBool(op.doc.Extensions, confirmExtension, false)
	return nil
}

// setBodies lists the media types of the request's body, those that are easiest to supply first.
func (b *builder) setBodies(op *operation) {
	if op.doc.RequestBody == nil || op.doc.RequestBody.Value == nil {
		return
	}
	body := op.doc.RequestBody.Value
	op.bodyRequired = body.Required
	for typ, mt := range body.Content {
		op.Bodies = append(op.Bodies, serialize.NewMedia(typ, mt))
	}
	slices.SortFunc(op.Bodies, (*serialize.Media).Compare)
}

// describe returns one line on what the operation does, with its method and path.
func describe(op *operation) string {
	text := sanitize.Description(op.doc.Summary, 160)
	end := ".…"
	if text == "" {
		text = sanitize.Description(op.doc.Description, 200)
	} else if more := sanitize.Description(op.doc.Description, 160); more != "" &&
		!strings.EqualFold(strings.TrimRight(more, end), strings.TrimRight(text, end)) {
		text = strings.TrimRight(text, ".") + ". " + more
	}
	request := op.Method + " " + sanitize.Description(op.Path, 200)
	if op.doc.Deprecated {
		request += ", deprecated"
	}
	if text == "" {
		return request
	}
	return text + " (" + request + ")"
}

// confirmExtension is the extension by which a document asks for confirmations.
const confirmExtension = "x-mcp-confirm"

// extensionBool returns a boolean extension of the document, or the fallback.
func extensionBool(extensions map[string]any, name string, fallback bool) bool {
	if v, ok := extensions[name].(bool); ok {
		return v
	}
	return fallback
}
