package lint

import (
	"fmt"
	"strings"
	"testing"
)

const wrong3 = `openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /a:
    post:
      parameters:
        - name: q
          in: query
          schema: {type: integer}
          example: five
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/A'}
            examples:
              good: {value: {n: 9007199254740993}}
              bad:
                value: {n: 9007199254740994}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema: {$ref: '#/components/schemas/A'}
              example: {n: 1, id: 5}
components:
  schemas:
    A:
      type: object
      required: [n, id]
      properties:
        id:
          type: string
          readOnly: true
        n:
          type: integer
          maximum: 9007199254740993
          default: none
          example: 1.5
`

const wrong2 = `swagger: "2.0"
info: {title: t, version: "1"}
parameters:
  P:
    name: p
    in: query
    type: integer
    pattern: '['
paths:
  /a:
    post:
      parameters:
        - name: b
          in: body
          schema:
            type: object
            properties:
              f:
                type: string
                example: 5
        - name: q
          in: query
          type: string
          pattern: '('
      responses:
        "200":
          description: ok
          schema:
            type: string
            pattern: ')'
definitions:
  A:
    type: object
    properties:
      v:
        type: integer
        example: x
      w: {type: string, default: 7}
securityDefinitions:
  k: {type: apiKey, in: query, name: k}
`

// TestExamplePositions checks the line and column of invalid examples and defaults, also in
// documents of version 2.0, which have them in other places than version 3.
func TestExamplePositions(t *testing.T) {
	for _, x := range []struct {
		name, text string
		want       []string
	}{
		{"3.0", wrong3, []string{
			"10:11 example-violates-schema /paths/~1a/post/parameters/0/example",
			"18:17 example-violates-schema /paths/~1a/post/requestBody/content/application~1json/examples/bad/value",
			"25:15 example-violates-schema /paths/~1a/post/responses/200/content/application~1json/example",
			"38:11 default-violates-schema /components/schemas/A/properties/n/default",
			"39:11 example-violates-schema /components/schemas/A/properties/n/example",
		}},
		{"2.0", wrong2, []string{
			"8:5 pattern-unreadable /parameters/P/pattern",
			"20:17 example-violates-schema /paths/~1a/post/parameters/0/schema/properties/f/example",
			"24:11 pattern-unreadable /paths/~1a/post/parameters/1/pattern",
			"30:13 pattern-unreadable /paths/~1a/post/responses/200/schema/pattern",
			"37:9 example-violates-schema /definitions/A/properties/v/example",
			"38:25 default-violates-schema /definitions/A/properties/w/default",
			"40:3 key-in-query /securityDefinitions/k",
		}},
	} {
		r, err := Check(t.Context(), []byte(x.text), Config{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range r.Findings {
			switch f.Rule {
			case "example-violates-schema", "default-violates-schema", "pattern-unreadable", "key-in-query":
				got = append(got, fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Rule, f.Pointer))
			}
		}
		if a, b := strings.Join(got, "\n"), strings.Join(x.want, "\n"); a != b {
			t.Errorf("%s:\n%s\nwant\n%s", x.name, a, b)
		}
	}
}
