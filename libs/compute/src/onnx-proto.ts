/** @file Bytes of an ONNX model: the few messages of onnx.proto that we write, described to protobufjs.
 *
 *  Field numbers are those of onnx.proto (github.com/onnx/onnx, IR version 8); they never change there.
 *  Law: the same graph gives the same bytes. */
import protobuf from 'protobufjs/light.js';
import type { ElementType, OnnxGraph, OnnxNode, OnnxValue } from './onnx-graph.js';

const IR_VERSION = 8;
const OPSET = 18;

/** TensorProto.DataType. */
const DATA_TYPE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
};
/** AttributeProto.AttributeType. */
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

const many = (type: string, id: number) => ({ rule: 'repeated', type, id });
const one = (type: string, id: number) => ({ type, id });

const ModelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: one('int64', 1),
        producerName: one('string', 2),
        graph: one('GraphProto', 7),
        opsetImport: many('OperatorSetIdProto', 8),
      },
    },
    OperatorSetIdProto: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    GraphProto: {
      fields: {
        node: many('NodeProto', 1),
        name: one('string', 2),
        initializer: many('TensorProto', 5),
        input: many('ValueInfoProto', 11),
        output: many('ValueInfoProto', 12),
      },
    },
    NodeProto: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        opType: one('string', 4),
        attribute: many('AttributeProto', 5),
      },
    },
    AttributeProto: {
      fields: {
        name: one('string', 1),
        i: one('int64', 3),
        ints: { ...many('int64', 8), options: { packed: false } },
        type: one('int32', 20),
      },
    },
    TensorProto: {
      fields: {
        dims: { ...many('int64', 1), options: { packed: false } },
        dataType: one('int32', 2),
        name: one('string', 8),
        rawData: one('bytes', 9),
      },
    },
    ValueInfoProto: { fields: { name: one('string', 1), type: one('TypeProto', 2) } },
    TypeProto: { fields: { tensorType: one('TensorTypeProto', 1) } },
    TensorTypeProto: { fields: { elemType: one('int32', 1), shape: one('TensorShapeProto', 2) } },
    TensorShapeProto: { fields: { dim: many('DimensionProto', 1) } },
    DimensionProto: { fields: { dimValue: one('int64', 1) } },
  },
}).lookupType('ModelProto');

/** The bytes of a model file (`.onnx`). */
export function encodeModel(graph: OnnxGraph, name: string): Uint8Array {
  return ModelProto.encode(
    ModelProto.create({
      irVersion: IR_VERSION,
      producerName: 'rollcast',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name,
        node: graph.nodes.map(nodeMessage),
        initializer: graph.initializers.map(({ name, shape, type, bytes }) => ({
          name,
          dims: shape,
          dataType: DATA_TYPE[type],
          rawData: bytes,
        })),
        input: graph.inputs.map(valueMessage),
        output: graph.outputs.map(valueMessage),
      },
    }),
  ).finish();
}

/** The number by which `Cast` names a type. */
export function dataTypeNumber(type: ElementType): number {
  return DATA_TYPE[type];
}

function nodeMessage({ op, inputs, outputs, attributes }: OnnxNode): object {
  return {
    opType: op,
    input: inputs,
    output: outputs,
    attribute: Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number'
        ? { name, type: ATTRIBUTE_INT, i: value }
        : { name, type: ATTRIBUTE_INTS, ints: value },
    ),
  };
}

function valueMessage({ name, shape, type }: OnnxValue): object {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], shape: { dim } } } };
}
