package serialize

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/params"
)

// part is one part of a multipart body.
type part struct {
	header textproto.MIMEHeader
	data   []byte
}

// newPart returns a part of a form. The name of a file and its content type are left out if they
// are nil or "".
func newPart(name string, filename *string, typ string, data []byte) (part, error) {
	if strings.ContainsAny(typ, "\r\n") {
		return part{}, errors.New("has a content type with a line break")
	}
	disposition := `form-data; name="` + quoteName(name) + `"`
	if filename != nil {
		disposition += `; filename="` + quoteName(*filename) + `"`
	}
	p := part{textproto.MIMEHeader{"Content-Disposition": {disposition}}, data}
	if typ != "" {
		p.header.Set("Content-Type", typ)
	}
	return p, nil
}

// writeMultipart writes multipart/form-data, with the fields in their order: files as they are,
// scalars as text, other values as JSON.
func (m *Media) writeMultipart(typ string, v any, files *os.Root) ([]byte, string, error) {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return nil, "", errForm
	}
	var all []part
	for _, name := range o.Names() {
		parts, err := m.fieldParts(name, o.Value(name), files)
		if err != nil {
			return nil, "", fieldError(name, err)
		}
		all = append(all, parts...)
	}
	return writeParts(typ, all)
}

// fieldParts returns the parts of a field: one for each item of an array, unless its encoding joins
// them.
func (m *Media) fieldParts(name string, v any, files *os.Root) ([]part, error) {
	field := openapi.SchemaProperty(m.Doc.Schema, name)
	values := []any{v}
	if list, isList := v.([]any); isList {
		joined, err := m.joinItems(name, list)
		switch {
		case err != nil:
			return nil, err
		case joined != nil:
			values = []any{*joined}
		case openapi.IsArray(field):
			values, field = list, openapi.SchemaItems(field)
		}
	}
	var out []part
	for _, value := range values {
		p, err := m.formPart(name, field, value, files)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// joinItems returns the items of an array as one text if the encoding of the field demands it, else
// nil.
func (m *Media) joinItems(name string, list []any) (*string, error) {
	enc := m.Doc.Encoding[name]
	if enc == nil || enc.ContentType != "" || enc.Explode == nil || *enc.Explode || list == nil {
		return nil, nil
	}
	sep := params.Separator(enc.Style)
	texts, err := itemsOf(list, false, escapeNothing)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, sep) }) {
		return nil, errDelimiter
	}
	out := strings.Join(texts, sep)
	return &out, nil
}

// writeParts writes parts and returns the body and its media type. The boundary is a hash of the
// parts, which no part can contain. So equal parts make equal bodies, and a consent to one body is
// not a consent to another.
func writeParts(typ string, parts []part) ([]byte, string, error) {
	base, params, err := mime.ParseMediaType(typ)
	if err != nil {
		return nil, "", errors.New("has an invalid media type")
	}
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%q %d ", p.header, len(p.data)) // fmt prints maps in the order of their keys
		h.Write(p.data)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b) // to memory: it has no errors
	w.SetBoundary(hex.EncodeToString(h.Sum(nil)))
	for _, p := range parts {
		pw, _ := w.CreatePart(p.header)
		pw.Write(p.data)
	}
	w.Close()
	params["boundary"] = w.Boundary()
	return b.Bytes(), mime.FormatMediaType(base, params), nil
}

// quoteName escapes a name as browsers do (WHATWG HTML, multipart/form-data).
func quoteName(s string) string {
	return strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22").Replace(s)
}

func (m *Media) formPart(name string, field *openapi3.SchemaRef, v any, files *os.Root) (part, error) {
	allowed := ""
	if enc := m.Doc.Encoding[name]; enc != nil {
		allowed = enc.ContentType
	}
	if m.IsFile(name, field) {
		return filePart(v, name, allowed, files)
	}
	declared, _, _ := strings.Cut(allowed, ",")
	declared = strings.TrimSpace(declared)
	if strings.Contains(declared, "*") {
		declared = typeInRange(BaseType(declared), field)
	}
	if text, isScalar := scalarText(v); isScalar {
		if declared == "text/plain" { // the default of a part
			declared = ""
		}
		return newPart(name, nil, declared, []byte(text))
	}
	return newPart(name, nil, cmp.Or(declared, "application/json"), orderedjson.Encode(v))
}

// filePart returns a file: base64, or an object with its data or the path of a file, and with its
// name and type. A file with a name or type of its own is sent with those and no others.
func filePart(v any, name, allowed string, files *os.Root) (part, error) {
	o, isObject := v.(*orderedjson.Object)
	if !isObject {
		data, err := decodeBase64(v)
		if err != nil {
			return part{}, err
		}
		return newPart(name, &name, typeOfFile("", allowed), data)
	}
	var filename *string
	var data []byte
	var err error
	if path, hasPath := o.Value("path").(string); hasPath {
		base := filepath.Base(path)
		filename = &base
		data, err = readFile(files, path)
	} else {
		data, err = decodeBase64(o.Value("data"))
	}
	if err != nil {
		return part{}, err
	}
	if n, has := o.Value("filename").(string); has {
		filename = &n
	}
	typ, has := o.Value("contentType").(string)
	if !has && filename != nil {
		typ = typeOfFile(*filename, allowed)
	}
	return newPart(name, filename, typ, data)
}

// typeOfFile returns the media type of a file by its extension, as curl and browsers do, if it is
// among those that the encoding allows, else the first of these.
func typeOfFile(filename, allowed string) string {
	byName := BaseType(mime.TypeByExtension(filepath.Ext(filename)))
	first, _, _ := strings.Cut(allowed, ",")
	isOpen := first == "" || strings.Contains(allowed, "*")
	switch {
	case byName != "" && (isOpen || strings.Contains(allowed, byName)):
		return byName
	case isOpen:
		return "application/octet-stream"
	}
	return strings.TrimSpace(first)
}

var errNoFile = errors.New("names something that is not a file, or a file larger than 32 MiB")

// readFile reads a file below a folder. [os.Root] refuses paths that lead out of it.
func readFile(files *os.Root, path string) ([]byte, error) {
	if files == nil {
		return nil, errors.New("names a file, and the server was started without a folder of files")
	}
	data, err := safefile.Read(files.OpenFile, safefile.Below(files, filepath.FromSlash(path)), MaxSize)
	if _, isPath := errors.AsType[*fs.PathError](err); isPath {
		return nil, errors.New("names a file that cannot be opened in the folder of files")
	}
	if err != nil {
		return nil, errNoFile
	}
	return data, nil
}
