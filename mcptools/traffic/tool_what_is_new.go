package traffic

import (
	"context"
	"time"

	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// NewResult lists the flows after a cursor.
type NewResult struct {
	tool.Untrusted
	Flows  []view.FlowRow `json:"flows" jsonschema_description:"oldest first; a flow is listed again when its response arrives"`
	More   bool           `json:"more" jsonschema_description:"there are more: call again at once"`
	Cursor string         `json:"cursor" jsonschema_description:"pass it to the next call"`
}

// Continuation implements [tool.Partial].
func (r NewResult) Continuation(name string) string {
	if !r.More {
		return ""
	}
	return tool.NextCursor(name, r.Cursor)
}

func (s *Tools) whatIsNew() tool.Tool {
	params := []tool.Param{
		{Name: "cursor", Kind: tool.String, MaxLength: 64,
			Doc: "of the call before, or of capture_status. Default: the beginning"},
		{Name: "limit", Kind: tool.Integer, Min: 1, Max: 500, Default: 50, Doc: "maximum rows"},
	}
	return tool.New("what_is_new", "New flows",
		"Lists the flows after a cursor, oldest first, and returns the next cursor.", params, s.newFlows)
}

func (s *Tools) newFlows(ctx context.Context, a tool.Args) (NewResult, error) {
	after, err := tool.ReadCursor(a.String("cursor"), "new")
	if err != nil {
		return NewResult{}, err
	}
	out := NewResult{Untrusted: tool.Notice(), Flows: []view.FlowRow{}}
	end := time.Now().Add(s.TimeLeft(ctx))
	for f, err := range s.Store.Scan(ctx, store.Query{After: after}) {
		if err != nil {
			return NewResult{}, err
		}
		if out.More = len(out.Flows) == a.Int("limit") || len(out.Flows) > 0 && time.Now().After(end); out.More {
			break
		}
		after = f.Last
		out.Flows = append(out.Flows, s.Row(&f))
	}
	out.Cursor = tool.NewCursor(after, "new")
	return out, nil
}
