package jsonschema_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/spectap/spectap/jsonschema"
)

// Numbers are compared exactly, and problems do not show values.
func Example() {
	s, err := jsonschema.Compile(map[string]any{
		"type": "object", "additionalProperties": false, "required": []any{"id"},
		"properties": map[string]any{"id": map[string]any{"type": "integer", "maximum": json.Number("9007199254740993")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{"9007199254740993", "9007199254740994"} {
		err := s.Validate(context.Background(), map[string]any{"id": json.Number(id)})
		fmt.Println(id, jsonschema.Problems(err))
	}
	// Output:
	// 9007199254740993 []
	// 9007199254740994 [id must be at most 9007199254740993]
}
