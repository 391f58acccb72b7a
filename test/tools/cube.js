// What Cube reads of a bulletin: cube.js FOLDER writes FOLDER/rows and FOLDER/columns, as truth.sql does. Its driver finds the views
// in the catalog, its compiler makes SQL of queries of a data model of them, a cube each, and its driver runs that.
const fs = require('fs');
const { PostgresDriver } = require('@cubejs-backend/postgres-driver');
const { prepareCompiler, PostgresQuery } = require('@cubejs-backend/schema-compiler');

const folder = process.argv[2];
const driver = new PostgresDriver({ host: process.env.PGHOST, port: +process.env.PGPORT, database: process.env.PGDATABASE, user: 'bi' });
const serverNames = { bigint: 'int8', integer: 'int4', boolean: 'bool', 'timestamp with time zone': 'timestamptz' };
const kinds = { bigint: 'number', integer: 'number', numeric: 'number', boolean: 'boolean', date: 'time', 'timestamp with time zone': 'time' };

function cube(view, columns) {
  const dimensions = columns.map((c) => `${c.name}: { sql: \`"${c.name}"${c.type === 'jsonb' ? '::text' : ''}\`, type: '${kinds[c.type] || 'string'}' }`);
  dimensions.push('whole_row: { sql: `${CUBE}::text`, type: `string`, primaryKey: true }'); // Cube wants a key of each
  return `cube('${view}', { sql_table: 'bulletin.${view}', measures: { count: { type: 'count' } }, dimensions: { ${dimensions.join(', ')} } });\n`;
}

// The text that truth.sql has for a value.
function text(value, type) {
  if (value === null || value === undefined) return null;
  if (type === 'date') return value.slice(0, 10);
  if (type === 'timestamp with time zone') return value.replace('T', ' ').slice(0, 23);
  return type === 'numeric' && value.includes('.') ? value.replace(/\.?0+$/, '') : String(value);
}

function line(fields) {
  return `${fields.map((f) => (f === null ? '\\N' : f.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t'))).join('\t')}\n`;
}

// Cube's native module serves models that are written with Jinja, and another planner; npm does not bring it.
const nativeInstance = { newJinjaEngine: () => ({}) };

async function run(compilers, query) {
  return driver.query(...new PostgresQuery(compilers, { timezone: 'UTC', rowLimit: null, useNativeSqlPlanner: false, ...query }).buildSqlAndParams());
}

async function read(compilers, view, columns) {
  const timeDimensions = columns.some((c) => c.name === 'month') ? [{ dimension: `${view}.month`, dateRange: ['2015-03-01', '2015-03-31'] }] : [];
  const rows = await run(compilers, { dimensions: columns.map((c) => `${view}.${c.name}`), timeDimensions, ungrouped: true, allowUngroupedWithoutPrimaryKey: true });
  const [counted] = await run(compilers, { measures: [`${view}.count`], timeDimensions });
  if (+counted[`${view}__count`] !== rows.length) throw new Error(`${view}: ${rows.length} rows, but a count of ${counted[`${view}__count`]}`);
  return rows.map((row) => line([view, ...columns.map((c) => text(row[`${view}__${c.name}`], c.type))])).join('');
}

async function main() {
  const views = (await driver.tablesSchema()).bulletin;
  const order = await driver.query("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'bulletin' ORDER BY ordinal_position", []);
  const content = Object.entries(views).map(([view, columns]) => cube(view, columns)).join('');
  const compilers = prepareCompiler({ localPath: () => folder, dataSchemaFiles: async () => [{ fileName: 'bulletin.js', content }] }, { adapter: 'postgres', nativeInstance });
  await compilers.compiler.compile();
  for (const [view, found] of Object.entries(views)) {
    const columns = order.filter((o) => o.table_name === view).map((o) => found.find((c) => c.name === o.column_name));
    fs.appendFileSync(`${folder}/rows`, await read(compilers, view, columns));
    fs.appendFileSync(`${folder}/columns`, columns.map((c) => line([view, c.name, serverNames[c.type] || c.type])).join(''));
  }
  await driver.release();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
