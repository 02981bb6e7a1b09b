package serialize

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// formPart is one part of a multipart form.
type formPart struct {
	name           string
	data           []byte
	filename       string
	hasFilename    bool
	contentType    string
	hasContentType bool
}

func (p *formPart) check() error {
	if p.hasContentType && strings.ContainsAny(p.contentType, "\r\n") {
		return errors.New("has a content type with a line break")
	}
	return nil
}

// writeMultipart writes multipart/form-data, with the fields in their order: files as they are,
// scalars as text, other values as JSON.
func (m *Media) writeMultipart(typ string, v any, files *os.Root) ([]byte, string, error) {
	o, ok := v.(*orderedjson.Object)
	if !ok {
		return nil, "", errForm
	}
	var all []formPart
	for _, name := range o.Names() {
		parts, err := m.fieldParts(name, o.Value(name), files)
		if err != nil {
			return nil, "", fieldError(name, err)
		}
		all = append(all, parts...)
	}
	h := sha256.New()
	for _, p := range all {
		fmt.Fprintf(h, "%q %q %q %t %t %d ",
			p.name, p.filename, p.contentType, p.hasFilename, p.hasContentType, len(p.data))
		h.Write(p.data)
	}
	return writeParts(typ, h.Sum(nil), len(all), func(i int) (textproto.MIMEHeader, []byte) {
		return all[i].header(), all[i].data
	})
}

// fieldParts returns the parts of a field: one for each item of an array, unless its encoding joins
// them.
func (m *Media) fieldParts(name string, v any, files *os.Root) ([]formPart, error) {
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
	var out []formPart
	for _, value := range values {
		p, err := m.formPart(name, field, value, files)
		if err == nil {
			err = p.check()
		}
		if err != nil {
			return nil, err
		}
		p.name = name
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
	sep := Separator(enc.Style)
	texts := make([]string, len(list))
	for i, e := range list {
		s, ok := scalarText(e)
		if !ok {
			return nil, errNested
		}
		if strings.Contains(s, sep) {
			return nil, errDelimiter
		}
		texts[i] = s
	}
	out := strings.Join(texts, sep)
	return &out, nil
}

// writeParts writes n parts and returns the body and its media type. The boundary is a hash of the
// parts, which no part can contain. So equal parts make equal bodies, and a consent to one body is
// not a consent to another.
func writeParts(
	typ string, hash []byte, n int, part func(i int) (textproto.MIMEHeader, []byte),
) ([]byte, string, error) {
	base, params, err := mime.ParseMediaType(typ)
	if err != nil {
		return nil, "", errors.New("has an invalid media type")
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(hex.EncodeToString(hash)); err != nil {
		return nil, "", err
	}
	for i := range n {
		header, data := part(i)
		pw, err := w.CreatePart(header)
		if err == nil {
			_, err = pw.Write(data)
		}
		if err != nil {
			return nil, "", fmt.Errorf("write the parts: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", fmt.Errorf("write the parts: %w", err)
	}
	if params == nil {
		params = make(map[string]string)
	}
	params["boundary"] = w.Boundary()
	return b.Bytes(), mime.FormatMediaType(base, params), nil
}

func (p *formPart) header() textproto.MIMEHeader {
	header := make(textproto.MIMEHeader)
	disposition := `form-data; name="` + quoteName(p.name) + `"`
	if p.hasFilename {
		disposition += `; filename="` + quoteName(p.filename) + `"`
	}
	header.Set("Content-Disposition", disposition)
	if p.hasContentType {
		header.Set("Content-Type", p.contentType)
	}
	return header
}

// quoteName escapes a name as browsers do (WHATWG HTML, multipart/form-data).
func quoteName(s string) string {
	return strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22").Replace(s)
}

func (m *Media) formPart(name string, field *openapi3.SchemaRef, v any, files *os.Root) (formPart, error) {
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
	switch v := v.(type) {
	case *orderedjson.Object, []any:
		declared = cmp.Or(declared, "application/json")
		return formPart{data: orderedjson.Encode(v), contentType: declared, hasContentType: true}, nil
	default:
		s, _ := scalarText(v)
		return formPart{
			data: []byte(s), contentType: declared, hasContentType: declared != "" && declared != "text/plain",
		}, nil
	}
}

// filePart returns a file: base64, or an object with its data or the path of a file, and with its
// name and type.
func filePart(v any, name, allowed string, files *os.Root) (p formPart, err error) {
	p = formPart{filename: name, hasFilename: true, hasContentType: true}
	o, isObject := v.(*orderedjson.Object)
	if !isObject {
		p.contentType = typeOfFile("", allowed)
		p.data, err = decodeBase64(v)
		return p, err
	}
	if path, hasPath := o.Value("path").(string); !hasPath {
		// A file with a name or type of its own is sent with those and no others.
		p.filename, p.hasFilename = "", false
		p.data, err = decodeBase64(o.Value("data"))
	} else if p, err = readFile(files, path, p); err != nil {
		return formPart{}, err
	}
	if n, has := o.Value("filename").(string); has {
		p.filename, p.hasFilename = n, true
	}
	if c, has := o.Value("contentType").(string); has {
		p.contentType = c
	} else {
		p.contentType, p.hasContentType = typeOfFile(p.filename, allowed), p.hasFilename
	}
	return p, err
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
func readFile(files *os.Root, path string, p formPart) (formPart, error) {
	if files == nil {
		return formPart{}, errors.New("names a file, and the server was started without a folder of files")
	}
	// Stat precedes Open because opening a named pipe would wait for its writer.
	if info, err := files.Stat(filepath.FromSlash(path)); err == nil && !info.Mode().IsRegular() {
		return formPart{}, errNoFile
	}
	f, err := files.Open(filepath.FromSlash(path))
	if err != nil {
		return formPart{}, errors.New("names a file that cannot be opened in the folder of files")
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > MaxSize {
		return formPart{}, errNoFile
	}
	if p.data, err = io.ReadAll(io.LimitReader(f, MaxSize)); err != nil {
		return formPart{}, errors.New("names a file that cannot be read")
	}
	p.filename = filepath.Base(path)
	return p, nil
}
