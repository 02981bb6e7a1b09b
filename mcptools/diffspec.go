package mcptools

import (
	"context"

	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// DiffResult says how the traffic differs from a document.
type DiffResult struct {
	tool.Untrusted
	Changes  []Change `json:"changes" jsonschema_description:"from the document given to what the traffic shows, gravest first"`
	Breaking int      `json:"breaking" jsonschema_description:"changes that break clients of the document"`
	Warning  int      `json:"warning" jsonschema_description:"changes that could"`
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

// maxChanges bounds the changes in one answer.
const maxChanges = 300

func (s *service) diffSpec() tool.Tool {
	params := []tool.Param{
		specParam, domainParam, newestParam,
		{Name: "level", Kind: tool.String, Enum: []string{"breaking", "warning", "info"}, Doc: "only changes of this level. Default: all"},
		{Name: "offset", Kind: tool.Integer, Default: 0, Doc: "leave out so many changes"},
		specMSParam,
	}
	return tool.New("diff_spec", "Document against traffic",
		"Compares an OpenAPI document with the one inferred from traffic: what was added, what is gone, what changed.",
		params, func(ctx context.Context, a tool.Args) (DiffResult, error) {
			given, err := apidoc.Load(a.String("spec"))
			if err != nil {
				return DiffResult{}, err
			}
			d, _, err := s.document(ctx, a, true)
			if err != nil {
				return DiffResult{}, err
			}
			text, err := s.encoder.Encode(d.OpenAPI, openapi.JSON)
			if err != nil {
				return DiffResult{}, err
			}
			// A copy: comparing changes documents, and that one may be somebody else's too.
			shown, err := openapi.Load(text)
			if err != nil {
				return DiffResult{}, err
			}
			changes, err := openapi.Diff(given, shown)
			if err != nil {
				return DiffResult{}, tool.BadArgument("spec", "cannot be compared: %s", view.Visible(err.Error()))
			}
			out := DiffResult{Untrusted: tool.Notice(), Changes: []Change{}}
			for _, c := range changes {
				switch c.Level {
				case openapi.Breaking:
					out.Breaking++
				case openapi.Warning:
					out.Warning++
				default:
					out.Info++
				}
				if only := a.String("level"); only != "" && only != string(c.Level) {
					continue
				}
				out.Changes = append(out.Changes, Change{c.ID, string(c.Level), c.Method, view.Visible(c.Path), view.Visible(c.Text)})
			}
			out.Changes, out.Page = tool.PageOf(out.Changes, a.Int("offset"), maxChanges)
			return out, nil
		})
}
