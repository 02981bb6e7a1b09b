package openapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi/yamledit"
)

// ErrNotOpenAPI reports that data is well-formed, but is no OpenAPI document of a supported
// version.
var ErrNotOpenAPI = errors.New("not an OpenAPI document")

// errMore reports that another document follows.
var errMore = errors.New("more than one document")

// byteOrderMark may precede a text in UTF-8.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Versions are the versions that documents are written in.
var Versions = []string{"3.0", "3.1", "3.2"}

// MaxFile limits a document that is read from a file, in bytes.
const MaxFile = 256 << 20

// Load reads a document in JSON or YAML: 3.0, 3.1, 2.0, which it converts to 3.0, or 3.2, whose
// parts that kin-openapi does not know it converts to those of 3.1 or to extensions (record 0082).
// It resolves references within the document; a reference to another document is an error. It does
// not validate: the result can still break rules of OpenAPI. An error is one line and names the
// line of the document if it is known.
//
// Each schema says what it means together with others: see makeEffective.
//
// The result is read-only: schemas with equal text may be one value in memory.
//
// Numbers in extensions and examples are kin-openapi's float64: integers above 2^53 lose digits. So
// do numbers in the keywords of schemas; [Exact] returns those with all digits.
func Load(data []byte) (*openapi3.T, error) { return LoadContext(context.Background(), data) }

// LoadContext is [Load] that ends soon after ctx, with its error.
func LoadContext(ctx context.Context, data []byte) (*openapi3.T, error) {
	doc, err := LoadWritten(ctx, data)
	if err != nil {
		return nil, err
	}
	return effectiveForm(doc, data)
}

// effectiveForm returns a document that was read from data, with schemas that say what they mean.
func effectiveForm(doc *openapi3.T, data []byte) (*openapi3.T, error) {
	if isComposed(data) {
		if err := makeEffective(doc); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// isComposed reports whether a document may have schemas that mean more together. The walk over all
// of them takes a sixth of the time of loading.
func isComposed(data []byte) bool {
	keywords := []string{"allOf", "readOnly", "writeOnly", "unevaluatedProperties", `\u`} // names may have escapes
	return slices.ContainsFunc(keywords, func(k string) bool { return bytes.Contains(data, []byte(k)) })
}

// LoadWritten is [LoadContext] for those who judge the text: each schema says only what is written
// in it.
func LoadWritten(ctx context.Context, data []byte) (*openapi3.T, error) {
	top, err := parseTop(data)
	if err == nil {
		top, err = lower(top)
	}
	if err != nil {
		return nil, err
	}
	doc, err := loadTop(ctx, top)
	if err != nil {
		return nil, err
	}
	checkSeal(doc, data)
	return doc, nil
}

// loadTop loads a document that was lowered.
func loadTop(ctx context.Context, top members) (*openapi3.T, error) {
	var version struct{ OpenAPI, Swagger any }
	if err := top.text("openapi", &version.OpenAPI); err != nil {
		return nil, err
	}
	if err := top.text("swagger", &version.Swagger); err != nil {
		return nil, err
	}
	three, _ := version.OpenAPI.(string)
	two, _ := version.Swagger.(string)
	switch {
	case strings.HasPrefix(two, "2."):
		if err := checkWork(top, SwaggerLayout()); err != nil {
			return nil, err
		}
		return withoutNulls(load2(top))
	case strings.HasPrefix(three, "3.0"), strings.HasPrefix(three, "3.1"), strings.HasPrefix(three, "3.2"):
		if err := checkWork(top, partsOfKin()); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(three, "3.0") {
			if pointed, ok := pointIdentifiers(top); ok {
				if err := checkWork(pointed, partsOfKin()); err != nil {
					return nil, err
				}
				top = pointed
			}
		}
		return withoutNulls(load3(ctx, top))
	case version.OpenAPI == nil && version.Swagger == nil:
		return nil, fmt.Errorf("%w: it has no field openapi", ErrNotOpenAPI)
	}
	return nil, fmt.Errorf("%w: version %q is not 2.0, 3.0, 3.1 or 3.2", ErrNotOpenAPI, ShortenText(three+two, 20))
}

// parseTop splits a document into its top-level members. It checks the syntax of JSON and reads
// nothing else of it.
func parseTop(data []byte) (members, error) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	var top members
	ok := json.Valid(data)
	if ok {
		top, ok = membersOf(data)
	}
	if !ok {
		v, err := Parse(data)
		if err != nil {
			return nil, err
		}
		if _, ok := v.(map[string]any); !ok {
			return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
		}
		// Kin-openapi reads YAML, too, but loses digits of numbers, and its errors have several
		// lines.
		normal, err := json.Marshal(v)
		if err != nil {
			return nil, LineError(err)
		}
		if top, ok = membersOf(normal); !ok {
			return nil, fmt.Errorf("%w: it is not an object", ErrNotOpenAPI)
		}
	}
	top.fixVersion()
	return top, nil
}

// fixVersion makes info.version a string: without quotes, YAML reads 1.10 as a number.
func (m members) fixVersion() {
	info, ok := membersOf(m["info"])
	if !ok {
		return
	}
	var n json.Number
	raw := bytes.TrimSpace(info["version"])
	if len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &n) == nil && n != "" {
		info["version"] = json.RawMessage(strconv.Quote(string(n)))
		m["info"] = info.object()
	}
}

// text decodes a member into v. It does nothing if there is no such member.
func (m members) text(key string, v any) error {
	if m[key] == nil {
		return nil
	}
	if err := json.Unmarshal(m[key], v); err != nil {
		return LineError(err)
	}
	return nil
}

// Parse reads JSON or YAML as JSON data, numbers as json.Number. More than one document is an
// error.
func Parse(data []byte) (any, error) {
	data = bytes.TrimPrefix(data, byteOrderMark)
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		v, err := ParseJSON(data)
		if err == nil {
			return v, nil
		}
		// It may be YAML in flow style.
		if y, yerr := parseYAML(data); yerr == nil && !errors.Is(err, errMore) {
			return y, nil
		}
		return nil, err
	}
	return parseYAML(data)
}

// ParseJSON reads JSON as data, numbers as json.Number. An error names the line.
func ParseJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	at := d.InputOffset()
	if err == nil && d.More() {
		err = errMore
	} else if err == nil {
		if _, end := d.Token(); end != io.EOF { // a bracket, which ends nothing
			err = end
		}
	}
	if err == nil {
		return v, nil
	}
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		at, err = int64(len(data)), errors.New("it ends too early")
	case errors.Is(err, errMore):
		return nil, err
	}
	line := 1 + bytes.Count(data[:min(int(at), len(data))], []byte("\n"))
	return nil, fmt.Errorf("line %d: %w", line, LineError(err))
}

func parseYAML(data []byte) (any, error) {
	texts, err := decode.EditedYAML(data, func(n *yaml.Node) {
		kind := DocumentLayout()
		if yamledit.Get(n.Content[0], "swagger") != nil {
			kind = SwaggerLayout()
		}
		quoteStrings(n.Content[0], kind)
	})
	switch {
	case len(texts) > 1:
		return nil, errMore
	case err != nil:
		return nil, LineError(err)
	case len(texts) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrNotOpenAPI)
	}
	return ParseJSON(texts[0])
}

func load3(ctx context.Context, top members) (*openapi3.T, error) {
	doc, err := decodeDocument(ctx, top)
	if err != nil {
		return nil, err
	}
	if err := openapi3.NewLoader().ResolveRefsIn(doc, nil); err != nil {
		return nil, loadError(err)
	}
	return doc, nil
}

// loadError explains that a reference to another document is refused: package bundle follows them.
func loadError(err error) error {
	if strings.Contains(err.Error(), "external reference") {
		return fmt.Errorf("%w (only references within the document are followed; spectap bundle joins a document of several files)",
			LineError(err))
	}
	return LineError(err)
}
