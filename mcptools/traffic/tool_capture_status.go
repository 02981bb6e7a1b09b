package traffic

import (
	"context"

	"github.com/spectap/spectap/mcptools/tool"
)

// StatusResult describes the capture.
type StatusResult struct {
	Flows   int64  `json:"flows"`
	Hosts   int    `json:"hosts"`
	Imports int64  `json:"imports" jsonschema_description:"imported files"`
	Bytes   int64  `json:"bytes" jsonschema_description:"size of the store"`
	Oldest  string `json:"oldest,omitempty" jsonschema_description:"when the first flow was recorded, RFC 3339"`
	Newest  string `json:"newest,omitempty" jsonschema_description:"when the newest flow started, RFC 3339"`
	Cursor  string `json:"cursor" jsonschema_description:"for what_is_new: lists later flows"`
}

func (s *Tools) captureStatus() tool.Tool {
	return tool.New("capture_status", "Capture",
		"Returns size and time span of the capture, and a cursor for what_is_new.",
		nil, func(ctx context.Context, _ tool.Args) (StatusResult, error) {
			st, err := s.Store.Stat(ctx)
			if err != nil {
				return StatusResult{}, err
			}
			out := StatusResult{
				Flows: st.Flows, Hosts: len(st.Hosts), Imports: st.Imports, Bytes: st.Bytes,
				Cursor: tool.NewCursor(st.Last, "new"),
			}
			if out.Oldest, err = s.Started(ctx, false); err != nil {
				return StatusResult{}, err
			}
			out.Newest, err = s.Started(ctx, true)
			return out, err
		})
}
