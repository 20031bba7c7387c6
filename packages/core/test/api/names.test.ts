import { describe, expect, it } from 'vitest';
import {
  configKeyProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  envNameProblems,
  httpHeaderNameProblems,
  labelValueProblems,
  type Problems,
  portNameProblems,
  portNumberProblems,
  qualifiedNameProblems,
} from '../../src/api/names.ts';

const labelWords =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainWords =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const nameWords =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueWords =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

interface Rule {
  readonly name: string;
  readonly rule: (value: string) => Problems;
  readonly good: readonly string[];
  readonly bad: readonly (readonly [value: string, ...problems: string[]])[];
}

const rules: readonly Rule[] = [
  {
    name: 'DNS label',
    rule: dns1123LabelProblems,
    good: ['a', '1', 'abc-123', 'a'.repeat(63)],
    bad: [
      ['', labelWords],
      ['A', labelWords],
      ['-a', labelWords],
      ['a_b', labelWords],
      ['a.b', 'must not contain dots'],
      ['a'.repeat(64), 'must be no more than 63 characters'],
      [`${'a'.repeat(63)}_`, 'must be no more than 63 characters', labelWords],
    ],
  },
  {
    name: 'DNS subdomain',
    rule: dns1123SubdomainProblems,
    good: ['a', 'a.b-c.d', '1.2'],
    bad: [
      ['', subdomainWords],
      ['a..b', subdomainWords],
      ['a.B', subdomainWords],
      ['a'.repeat(254), 'must be no more than 253 characters'],
    ],
  },
  {
    name: 'qualified name',
    rule: qualifiedNameProblems,
    good: ['a', 'A_b.c', 'example.com/name', '1/2'],
    bad: [
      ['', 'name part must be non-empty', `name part ${nameWords}`],
      ['/a', 'prefix part must be non-empty'],
      ['a b', `name part ${nameWords}`],
      ['Example.com/a', `prefix part ${subdomainWords}`],
      [
        'a/b/c',
        `a qualified name ${nameWords} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
      ['a'.repeat(64), 'name part must be no more than 63 bytes'],
      [`${'a'.repeat(254)}/b`, 'prefix part must be no more than 253 bytes'],
    ],
  },
  {
    name: 'label value',
    rule: labelValueProblems,
    good: ['', 'a', 'A_b.c-1'],
    bad: [
      ['a b', valueWords],
      ['-', valueWords],
      ['a'.repeat(64), 'must be no more than 63 bytes'],
    ],
  },
  {
    name: 'environment variable name',
    rule: envNameProblems,
    good: ['A', '1', 'a b', 'a.b-c', '~'],
    bad: [
      ['', 'environment variable name must be non-empty'],
      [
        'a=b',
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ],
      [
        'é',
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ],
      [
        'a\tb',
        "a valid environment variable name must consist only of printable ASCII characters other than '='",
      ],
    ],
  },
  {
    name: 'ConfigMap key',
    rule: configKeyProblems,
    good: ['a', 'key.name', 'KEY_NAME', '.hidden', 'a..b'],
    bad: [
      ['.', "must not be '.'"],
      ['..', "must not be '..'"],
      ['..data', "must not start with '..'"],
      [
        'a/b',
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
  },
  {
    name: 'port name',
    rule: portNameProblems,
    good: ['http', 'a', '80a', 'a-b', 'a'.repeat(15)],
    bad: [
      ['80', 'must contain at least one letter (a-z)'],
      ['a--b', 'must not contain consecutive hyphens'],
      ['-a', 'must not begin or end with a hyphen'],
      ['aB', 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
      ['a'.repeat(16), 'must be no more than 15 characters'],
    ],
  },
  {
    name: 'HTTP header name',
    rule: httpHeaderNameProblems,
    good: ['X-Forwarded-For', 'a'],
    bad: [
      [
        'X_A',
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ],
    ],
  },
];

for (const { name, rule, good, bad } of rules) {
  describe(`a ${name}`, () => {
    it.each(good)('may be %j', (value) => {
      expect(rule(value)).toEqual([]);
    });

    it.each(bad.map(([value, ...problems]) => ({ value, problems })))(
      'may not be $value',
      ({ value, problems }) => {
        expect(rule(value)).toEqual(problems);
      },
    );

    it('of a million characters is refused, and not after hours', () => {
      const startedAt = performance.now();
      expect(rule(`${'a.'.repeat(500_000)}!\u0000`).length).toBeGreaterThan(0);
      // Steps back at each of them would take the square of that.
      expect(performance.now() - startedAt).toBeLessThan(20_000);
    });
  });
}

describe('a port number', () => {
  it.each([1, 80, 65_535])('may be %d', (port) => {
    expect(portNumberProblems(port)).toEqual([]);
  });

  it.each([0, -1, 65_536, 1.5, Number.NaN])('may not be %d', (port) => {
    expect(portNumberProblems(port)).toEqual(['must be between 1 and 65535, inclusive']);
  });
});
