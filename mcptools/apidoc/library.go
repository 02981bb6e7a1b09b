package apidoc

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/lint"
)

// MaxFile limits the size of a document in a file, in bytes.
const MaxFile = 64 << 20

// Library has the documents that a person gave to the server: files with a name, and those of a
// folder. Files are read for each call, so that a change counts at once. The zero value is empty.
// It may be used from any goroutine.
type Library struct {
	Named []Named
	// Files, unless nil, is the folder whose files a caller may name by their paths.
	Files *os.Root
}

// Named is a file that callers know by a name.
type Named struct{ Name, Path string }

// Names returns the names of documents in their order.
func (l *Library) Names() []string {
	out := []string{}
	for _, n := range l.Named {
		out = append(out, n.Name)
	}
	return out
}

// Text returns the text of a document that a caller gave, or that of the file it named.
func (l *Library) Text(given string) (string, error) {
	if isText(given) {
		return given, nil
	}
	name := strings.TrimSpace(given)
	i := slices.IndexFunc(l.Named, func(n Named) bool { return n.Name == name })
	var data []byte
	var err error
	switch {
	case i >= 0:
		data, err = safefile.Read(os.OpenFile, l.Named[i].Path, MaxFile)
	case l.Files != nil:
		data, err = safefile.Read(l.Files.OpenFile, safefile.Below(l.Files, name), MaxFile)
	default:
		err = fs.ErrNotExist
	}
	switch {
	case err == nil:
		return string(data), nil
	case i < 0 && errors.Is(err, fs.ErrNotExist):
		return "", l.unknown(name)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok { // without the path: a caller knows the name only
		err = p.Err
	}
	return "", tool.BadArgument("spec", "%s cannot be read: %v", name, err)
}

// unknown returns the error for a name of nothing. It says what to type.
func (l *Library) unknown(name string) error {
	e := tool.BadArgument("spec", "%.100q is neither a known document nor its text", name)
	switch names := l.Names(); {
	case len(names) > 0:
		e.Hint = "the documents are " + strings.Join(names, ", ")
	case l.Files != nil:
		e.Hint = "name a file below the folder of --files"
	default:
		e.Hint = "pass the text of the document; or a person starts the server with --spec NAME=FILE"
	}
	return e
}

// isText reports whether an argument is a document and not the name of one.
func isText(given string) bool {
	return strings.ContainsAny(given, "\n{") || strings.TrimSpace(given) == ""
}

// LoadGiven reads the document of [Library.Text] for the same argument. hide removes secrets from a
// text: a file need not be a document, and errors quote it.
func LoadGiven(given, text string, hide func(string) string) (*openapi3.T, error) {
	doc, err := Load(text)
	if te, ok := errors.AsType[*tool.Error](err); ok && !isText(given) {
		what := strings.TrimPrefix(te.Message, "argument spec: ")
		err = tool.BadArgument("spec", "%s %s", strings.TrimSpace(given), hide(what))
	}
	return doc, err
}

// MaxDepth limits the nesting of a caller's document: comparing costs the square of the depth.
const MaxDepth = 500

// Load parses the text of an argument spec. Its errors are about that argument.
func Load(text string) (*openapi3.T, error) {
	if depth(text) > MaxDepth {
		return nil, tool.BadArgument("spec", "is nested deeper than %d levels", MaxDepth)
	}
	doc, err := openapi.Load([]byte(text))
	if err != nil {
		err = lint.Explain(context.Background(), []byte(text), nil, err)
		return nil, tool.BadArgument("spec", "cannot be read: %s", view.Cut(view.Visible(err.Error()), 1000))
	}
	return doc, nil
}

// depth returns the nesting of brackets outside of quotes, or that of indented YAML lines if it is
// greater. It does not parse the text.
func depth(text string) int {
	deepest, current := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			current++
			deepest = max(deepest, current)
		case '}', ']':
			current = max(current-1, 0)
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '\n':
			head := text[i+1 : min(len(text), i+2+4*MaxDepth)]
			deepest = max(deepest, (len(head)-len(strings.TrimLeft(head, " ")))/2)
		}
	}
	return deepest
}
