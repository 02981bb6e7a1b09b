package traffic

import (
	"context"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/tool"
)

// CodeResult is a generated program.
type CodeResult struct {
	tool.Untrusted
	Framework string             `json:"framework"`
	Language  string             `json:"language"`
	Code      string             `json:"code"`
	Variables []codegen.Variable `json:"variables" jsonschema_description:"environment variables that the program reads, one for each secret"`
}

func (s *Tools) generateCode() tool.Tool {
	params := []tool.Param{
		flowIDsParam,
		{Name: "target_framework", Kind: tool.String, Enum: codegen.Frameworks(), Default: "curl_cffi",
			Doc: "the library or tool"},
	}
	return tool.New("generate_scraper_code", "Generate a program",
		"Writes a program that sends captured requests again, with secrets from the environment.",
		params, func(ctx context.Context, a tool.Args) (CodeResult, error) {
			var flows []flow.Flow
			var room codegen.Room
			for _, id := range a.Flows("flow_ids") {
				f, err := s.Flow(ctx, id)
				if err != nil {
					return CodeResult{}, err
				}
				if !room.Admit(&f) {
					return CodeResult{}, tool.BadArgument("flow_ids", "the requests of these flows have more than %d bytes together; name fewer of them",
						codegen.MaxSize)
				}
				flows = append(flows, f)
			}
			framework := a.String("target_framework")
			p := codegen.Generate(framework, flows)
			return CodeResult{
				Untrusted: tool.Notice(), Framework: framework, Language: p.Language,
				Code: p.Code, Variables: p.Variables,
			}, nil
		})
}
