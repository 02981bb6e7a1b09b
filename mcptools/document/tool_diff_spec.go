package document

import (
	"context"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
)

// DiffResult lists the differences between a document and the traffic.
type DiffResult struct {
	tool.Untrusted
	Changes  []Change `json:"changes" jsonschema_description:"from the given document to the traffic, most severe first"`
	Breaking int      `json:"breaking" jsonschema_description:"changes that break clients of the document"`
	Warning  int      `json:"warning" jsonschema_description:"changes that may break clients"`
	Info     int      `json:"info"`
	tool.Page
}

// Change is one difference.
type Change struct {
	ID     string `json:"id" jsonschema_description:"the kind of change"`
	Level  string `json:"level" jsonschema_description:"breaking, warning or info"`
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	Text   string `json:"text"`
}

// Limits of the changes in one result.
const (
	someChanges = 100
	maxChanges  = 1000
)

func (s *Tools) diffSpec() tool.Tool {
	params := []tool.Param{
		specParam, source.APIParam, newestParam,
		{Name: "level", Kind: tool.String, Enum: []string{"breaking", "warning", "info"},
			Doc: "only changes of this level. Default: all"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: maxChanges, Default: someChanges, Doc: "maximum number"},
		{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "changes to skip"},
	}
	return tool.New("diff_spec", "Document against traffic",
		"Compares an OpenAPI document with the one inferred from traffic.",
		params, s.diff)
}

func (s *Tools) diff(ctx context.Context, a tool.Args) (DiffResult, error) {
	given, err := apidoc.Load(a.String("spec"))
	if err != nil {
		return DiffResult{}, err
	}
	d, _, err := s.document(ctx, a, selection{oneAPI: true})
	if err != nil {
		return DiffResult{}, err
	}
	text, err := s.encoder.Encode(d.OpenAPI, openapi.JSON)
	if err != nil {
		return DiffResult{}, err
	}
	// A copy, because the comparison modifies its arguments and other calls share this document.
	shown, err := openapi.Load(text)
	if err != nil {
		return DiffResult{}, err
	}
	changes, err := s.comparer.Documents(ctx, given, shown)
	if ctx.Err() != nil {
		return DiffResult{}, ctx.Err()
	}
	if err != nil {
		return DiffResult{}, tool.BadArgument("spec", "cannot be compared: %s", view.Visible(err.Error()))
	}
	out := DiffResult{Untrusted: tool.Notice(), Changes: []Change{}}
	for _, c := range changes {
		switch c.Level {
		case diff.Breaking:
			out.Breaking++
		case diff.Warning:
			out.Warning++
		default:
			out.Info++
		}
		if only := a.String("level"); only != "" && only != string(c.Level) {
			continue
		}
		out.Changes = append(out.Changes,
			Change{c.ID, string(c.Level), c.Method, view.Visible(c.Path), view.Visible(c.Text)})
	}
	out.Changes, out.Page = tool.PageOf(out.Changes, a.Int("offset"), a.Int("limit"))
	return out, nil
}
