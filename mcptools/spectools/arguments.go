package spectools

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// Arguments returns the tool and the arguments that send a captured request again. The operation is
// identified by its method and path template; path has the values of the path parameters by name,
// percent-encoded as they were sent. Credentials are not among the arguments; [Options.Credentials]
// supplies them.
//
// An error says what part of the request the operation has no argument for, in names without
// values. It is [serialize.ErrMalformed] if the body does not match its media type.
func (s *Set) Arguments(
	method, template string, path map[string]string, r *flow.Request,
) (tool string, args json.RawMessage, err error) {
	i := slices.IndexFunc(s.ops, func(op *operation) bool { return op.Method == method && op.Path == template })
	if i < 0 {
		return "", nil, errors.New("no tool has this method and path")
	}
	out, err := s.ops[i].Arguments(path, r)
	if err != nil {
		return "", nil, err
	}
	return s.ops[i].toolName, orderedjson.Encode(out), nil
}
