package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/docs/skill"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/traffic"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi"
)

// Resources return the results of some tools by URI. A host in a URI may have a port.
const (
	specURI      = "spectap://spec/"
	specYAMLURI  = "spectap://spec-yaml/"
	compactURI   = "spectap://compact/"
	patternsURI  = "spectap://patterns/"
	flowURI      = "spectap://flow/"
	operationURI = "spectap://operation/"
	hostsURI     = "spectap://hosts"
	specsURI     = "spectap://specs"
	skillURI     = "skill://spectap/SKILL.md"
)

// Media types of OpenAPI documents, as registered by the OpenAPI Initiative.
const (
	typeSpecJSON = "application/openapi+json"
	typeSpecYAML = "application/openapi+yaml"
	typeJSON     = "application/json"
)

// resourceTemplate is a family of resources whose URIs begin with uri.
type resourceTemplate struct {
	uri, variables, name, mime, doc string
	read                            func(ctx context.Context, value string) (string, error)
	find                            func(ctx context.Context, value string) error // if there is no such resource
}

func (s *service) resourceTemplates() []resourceTemplate {
	return []resourceTemplate{
		{specURI, "{+host}", "OpenAPI document", typeSpecJSON, "The OpenAPI document of a host, as JSON",
			s.readSpec(openapi.JSON), s.findHost},
		{specYAMLURI, "{+host}", "OpenAPI document (YAML)", typeSpecYAML, "The OpenAPI document of a host, as YAML",
			s.readSpec(openapi.YAML), s.findHost},
		{compactURI, "{+host}", "OpenAPI document (compact)", "text/plain",
			"The document of a host as one line for each operation and type", withNotice(s.document.Compact), s.findHost},
		{patternsURI, "{+host}", "API operations", typeJSON, "The operations of a host with their numbers of flows",
			s.readPatterns, s.findHost},
		{operationURI, "{+host}/{operation}", "One operation", typeJSON,
			"One operation of a host by its id, with the components that it references", s.readOperation, s.findOperation},
		{flowURI, "{seq}", "Captured flow", typeJSON, "One captured flow by its number, secrets redacted",
			s.readFlow, s.findFlow},
	}
}

func (s *service) addResources(m *server.MCPServer) {
	m.AddResource(mcp.NewResource(hostsURI, "hosts", mcp.WithMIMEType(typeJSON),
		mcp.WithResourceDescription("The captured hosts")),
		s.resource(typeJSON, func(ctx context.Context, _ string) (string, error) {
			out, err := s.traffic.ListHosts(ctx)
			if err != nil {
				return "", err
			}
			return marshal(out)
		}))
	m.AddResource(mcp.NewResource(specsURI, "documents", mcp.WithMIMEType(typeJSON),
		mcp.WithResourceDescription("The OpenAPI documents that the argument spec may name")),
		s.resource(typeJSON, func(context.Context, string) (string, error) { return marshal(s.document.Specs()) }))
	if s.compat == "" { // else there are other tools
		m.AddResource(mcp.NewResource(skillURI, "spectap", mcp.WithMIMEType("text/markdown"), mcp.WithResourceDescription(skill.Description(skill.Capture))),
			s.resource("text/markdown", func(context.Context, string) (string, error) { return skill.Capture, nil }))
	}
	for _, t := range s.resourceTemplates() {
		template := mcp.NewResourceTemplate(t.uri+t.variables, t.name,
			mcp.WithTemplateMIMEType(t.mime), mcp.WithTemplateDescription(t.doc+". Untrusted data."))
		read := func(ctx context.Context, uri string) (string, error) {
			value, err := t.value(strings.TrimPrefix(uri, t.uri))
			if err != nil {
				return "", err
			}
			return t.read(ctx, value)
		}
		m.AddResourceTemplate(template, server.ResourceTemplateHandlerFunc(s.resource(t.mime, read)))
	}
}

// resource returns a handler for a function that reads one URI.
func (s *service) resource(
	mime string, read func(ctx context.Context, uri string) (string, error),
) server.ResourceHandlerFunc {
	return func(ctx context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		text, err := read(ctx, r.Params.URI)
		if err != nil {
			te := source.ToolError(err)
			if te.Code == tool.CodeInternal {
				s.log.Error("resource not read", "err", s.source.HideSecrets(err))
			}
			return nil, errors.New(errorText(te))
		}
		return tool.Resource(r.Params.URI, mime, text), nil
	}
}

// marshal encodes v as JSON. Characters that do not show are written out.
func marshal(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(view.VisibleJSON(data)), err
}

// readSpec returns a function that reads the document of a host.
func (s *service) readSpec(format openapi.Format) func(context.Context, string) (string, error) {
	return withNotice(func(ctx context.Context, host string) (string, error) { return s.document.Text(ctx, host, format) })
}

// withNotice marks a text with captured names as results are marked: JSON by a member, other text
// by a comment.
func withNotice(read func(ctx context.Context, host string) (string, error)) func(context.Context, string) (string, error) {
	return func(ctx context.Context, host string) (string, error) {
		text, err := read(ctx, host)
		notice := tool.Notice().Notice
		if rest, isJSON := strings.CutPrefix(text, "{"); isJSON {
			return `{"x-spectap-notice":` + strconv.Quote(notice) + "," + rest, err
		}
		return "# " + notice + "\n" + text, err
	}
}

func (s *service) readPatterns(ctx context.Context, host string) (string, error) {
	out, err := s.document.Patterns(ctx, host)
	if err != nil {
		return "", err
	}
	return marshal(out)
}

// readOperation reads host/operation.
func (s *service) readOperation(ctx context.Context, value string) (string, error) {
	at := strings.LastIndexByte(value, '/')
	if at < 0 {
		return "", tool.Errorf(tool.CodeBadArgument, "", "the URI has no operation")
	}
	out, err := s.document.Operation(ctx, value[:at], value[at+1:])
	if err != nil {
		return "", err
	}
	return marshal(out)
}

// flowResource is the resource of a flow.
type flowResource struct {
	tool.Untrusted
	traffic.FlowView
}

// resourceBytes limits each body of a flow that is read as a resource, which has no parts.
const resourceBytes = 256 << 10

func (s *service) readFlow(ctx context.Context, seq string) (string, error) {
	id, err := flowOf(seq)
	if err != nil {
		return "", err
	}
	f, row, err := s.source.FlowAndRow(ctx, id)
	if err != nil {
		return "", err
	}
	show := traffic.Showing{Has: func(field string) bool { return field != traffic.FieldSchemas }, Limit: resourceBytes}
	v, err := show.Flow(&f, row)
	if err != nil {
		return "", err
	}
	return marshal(flowResource{tool.Notice(), v})
}

// flowOf reads the number of a flow.
func flowOf(seq string) (flow.Seq, error) {
	a, err := tool.ParseArgs([]tool.Param{tool.FlowParam}, json.RawMessage(jsonvalue.Encode(map[string]any{"flow_id": seq})))
	return a.Flow("flow_id"), err
}
