package subject

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
)

// Waiting returns a function that sends the progress notification that a call waits for a person.
// It does nothing if the parameters of the call do not ask for progress.
func Waiting(params jsontext.Value, send func(*jsonrpc.Message)) func(id string) {
	token, progress := rawjson.At(params, "_meta", "progressToken"), 0
	return func(id string) {
		if progress++; token == nil {
			return
		}
		send(jsonrpc.Notification("notifications/progress", rawjson.Join([]rawjson.Member{
			{Name: "progressToken", Value: token}, {Name: "progress", Value: jsontext.Value(strconv.Itoa(progress))},
			{Name: "message", Value: jsonvalue.Encode("waits for a person's approval: " + id)},
		})))
	}
}
