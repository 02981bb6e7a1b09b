package subject

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Waiting returns the progress notification that a call waits for a person, or nil if its
// parameters do not ask for progress.
func Waiting(params jsontext.Value, progress int, id string) *jsonrpc.Message {
	token := rawjson.At(params, "_meta", "progressToken")
	if token == nil {
		return nil
	}
	return jsonrpc.Notification("notifications/progress", rawjson.Join([]rawjson.Member{
		{Name: "progressToken", Value: token}, {Name: "progress", Value: jsontext.Value(strconv.Itoa(progress))},
		{Name: "message", Value: jsonvalue.Encode("waits for a person's approval: " + id)},
	}))
}
