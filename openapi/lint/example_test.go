package lint_test

import (
	"context"
	"fmt"
	"os"

	"github.com/spectap/spectap/openapi/lint"
)

func ExampleCheck() {
	report, err := lint.Check(context.Background(), []byte("openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths:\n  /a/{id}:\n    get: {responses: {'200': {description: OK}}}\n"),
		lint.Config{ErrorsOnly: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	report.WriteText(os.Stdout, "api.yaml")
	// Output:
	// api.yaml:5:5: error: GET /a/{id}: path parameters of the template and of the operation differ: id [path-parameters-mismatch]
}
