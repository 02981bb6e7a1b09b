package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcp/subject"
)

// Inventory has the lists of a server. The elements are decoded JSON, as the server sends them.
type Inventory struct {
	Server    map[string]any // "name" and "version"
	Tools     []map[string]any
	Resources []map[string]any
	Templates []map[string]any
	Prompts   []map[string]any
}

// List requests all lists of a server, in the revision of 2025-11-25. Lists that the server does
// not have are empty.
func List(ctx context.Context, dial jsonrpc.Dial) (_ *Inventory, err error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	c := &lister{conn: conn}
	hello, err := c.ask("initialize", []byte(`{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"spectap","version":"1"}}`))
	if err != nil {
		if closed := conn.Close(); closed != nil {
			err = closed
		}
		return nil, fmt.Errorf("ask the MCP server for its lists: %w", errors.Join(ctx.Err(), err))
	}
	if err := conn.Send(jsonrpc.Notification("notifications/initialized", nil), nil); err != nil {
		return nil, fmt.Errorf("ask the MCP server for its lists: %w", err)
	}
	in := &Inventory{}
	if answer, ok := jsonvalue.Decode(hello).(map[string]any); ok {
		in.Server, _ = answer["serverInfo"].(map[string]any)
	}
	for _, l := range []struct {
		method string
		to     *[]map[string]any
	}{
		{"tools/list", &in.Tools}, {"resources/list", &in.Resources}, {"resources/templates/list", &in.Templates}, {"prompts/list", &in.Prompts},
	} {
		var all []map[string]any
		var params []rawjson.Member
		if l.method == "tools/list" {
			params = []rawjson.Member{{Name: "_meta", Value: jsontext.Value(`{"` + jsonrpc.MetaOperations + `":true}`)}}
		}
		if err = subject.Pages(c.ask, l.method, params, func(e pin.Definition) {
			o, _ := jsonvalue.Decode(e.JSON).(map[string]any)
			all = append(all, o)
		}); err == nil {
			*l.to = all
		} else if l.method == "tools/list" {
			return nil, fmt.Errorf("ask the MCP server for its lists: %w", errors.Join(ctx.Err(), err))
		}
	}
	return in, ctx.Err()
}

// lister sends one request after the other.
type lister struct {
	conn jsonrpc.Conn
	next int
}

// ask sends a request and returns its result.
func (c *lister) ask(method string, params []byte) (jsontext.Value, error) {
	c.next++
	id := fmt.Sprint(c.next)
	if err := c.conn.Send(jsonrpc.Request(id, method, params), nil); err != nil {
		return nil, err
	}
	for {
		m, err := c.conn.Receive()
		var bad *jsonrpc.Malformed
		switch {
		case errors.As(err, &bad) && bad.Code == jsonrpc.CodeParse:
			continue // a line that is not a message
		case err != nil:
			return nil, err
		case m.Lost != nil:
			return nil, m.Lost
		case m.IsRequest():
			if err := c.conn.Send(jsonrpc.Failure(m.ID, jsonrpc.CodeMethodNotFound, "this client only lists", nil), nil); err != nil {
				return nil, err
			}
		case m.IsResponse() && m.ID == id && m.Err != nil:
			return nil, fmt.Errorf("%s: the server answers with an error", method)
		case m.IsResponse() && m.ID == id:
			return m.Result, nil
		}
	}
}
