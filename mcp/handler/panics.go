package handler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// ErrDefect answers what a panic ended. The text of a panic may quote what it failed on, which may
// be a secret.
var ErrDefect = errors.New("the call failed because of a defect: the server's log has the place")

// Recovery returns options that turn a panic of a handler into an error without its text. log may
// be nil. They come before those of other middlewares, so that panics of these count as well.
func Recovery(log *slog.Logger) []server.ServerOption {
	return []server.ServerOption{
		server.WithToolHandlerMiddleware(func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
			return func(ctx context.Context, r mcp.CallToolRequest) (_ *mcp.CallToolResult, err error) {
				defer recovered(log, &err)
				return next(ctx, r)
			}
		}),
		server.WithResourceHandlerMiddleware(func(next server.ResourceHandlerFunc) server.ResourceHandlerFunc {
			return func(ctx context.Context, r mcp.ReadResourceRequest) (_ []mcp.ResourceContents, err error) {
				defer recovered(log, &err)
				return next(ctx, r)
			}
		}),
		server.WithPromptHandlerMiddleware(func(next server.PromptHandlerFunc) server.PromptHandlerFunc {
			return func(ctx context.Context, r mcp.GetPromptRequest) (_ *mcp.GetPromptResult, err error) {
				defer recovered(log, &err)
				return next(ctx, r)
			}
		}),
	}
}

// Completions returns the options for providers of completions whose panics are errors.
func Completions(prompts server.PromptCompletionProvider, resources server.ResourceCompletionProvider, log *slog.Logger) []server.ServerOption {
	c := completions{prompts, resources, log}
	return []server.ServerOption{server.WithCompletions(), server.WithPromptCompletionProvider(c), server.WithResourceCompletionProvider(c)}
}

type completions struct {
	prompts   server.PromptCompletionProvider
	resources server.ResourceCompletionProvider
	log       *slog.Logger
}

// CompletePromptArgument implements [server.PromptCompletionProvider].
func (c completions) CompletePromptArgument(
	ctx context.Context, name string, a mcp.CompleteArgument, given mcp.CompleteContext,
) (_ *mcp.Completion, err error) {
	defer recovered(c.log, &err)
	return c.prompts.CompletePromptArgument(ctx, name, a, given)
}

// CompleteResourceArgument implements [server.ResourceCompletionProvider].
func (c completions) CompleteResourceArgument(
	ctx context.Context, uri string, a mcp.CompleteArgument, given mcp.CompleteContext,
) (_ *mcp.Completion, err error) {
	defer recovered(c.log, &err)
	return c.resources.CompleteResourceArgument(ctx, uri, a, given)
}

// recovered, deferred, makes a panic an error.
func recovered(log *slog.Logger, err *error) {
	if v := recover(); v != nil {
		LogPanic(log, v)
		*err = ErrDefect
	}
}

// LogPanic logs where a panic was. Its text is logged only if it comes from the runtime.
func LogPanic(log *slog.Logger, v any) {
	if log == nil {
		return
	}
	text := fmt.Sprintf("%T", v)
	if e, ok := v.(runtime.Error); ok {
		text = e.Error()
	}
	log.Error("panic in an MCP call", "panic", text, "stack", string(debug.Stack()))
}
