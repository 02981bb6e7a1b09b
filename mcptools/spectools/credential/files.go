package credential

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Files is a [Source] that reads the secret of a scheme from a file. It maps the name of a scheme
// to the path of its file. A file is read for each call, so that it can be replaced; white space
// around the secret is ignored.
type Files map[string]string

// Credential implements [Source].
func (f Files) Credential(_ context.Context, name string, _ *openapi3.SecurityScheme) (Secret, bool, error) {
	path, ok := f[name]
	if !ok {
		return "", false, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false, fmt.Errorf("read the credential: %w", err)
	}
	v := Secret(strings.TrimSpace(string(data)))
	if v == "" {
		return "", false, fmt.Errorf("read the credential: %s is empty", path)
	}
	return v, true, nil
}
